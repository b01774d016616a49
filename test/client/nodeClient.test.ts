// SPDX-License-Identifier: MIT
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";
import type { Hex } from "viem";

import {
  AbortedError,
  EndpointInvalidError,
  nodeClient,
  type NodeClientParameters,
  type NodeHealth,
  NodeAnswerError,
  NodeBodyTooLargeError,
  NodeContentMismatchError,
  NodeNotFoundError,
  NodeRefusedError,
  NodeTimeoutError,
  NodeUnreachableError,
} from "../../src/client/index.ts";
import { commitOutput } from "../../src/protocol/index.ts";
import { toCanonicalJson } from "../../src/protocol/json.ts";
import { makeRequest, wordOf } from "../protocol/fixtures.ts";
import { rejection } from "./rejection.ts";

const output: Hex = "0x07";
const node = makeRequest().node;
const result = { outputCommitment: commitOutput(output), units: 1, node };
const signed = {
  request: makeRequest(),
  result,
  output,
  signature: `0x${"11".repeat(65)}`,
};

const makeHealth = (overrides: Partial<NodeHealth> = {}): NodeHealth => ({
  status: "ok",
  role: "inference",
  version: "1.2.3",
  node,
  chainId: 31337,
  market: node,
  block: 7n,
  models: [],
  ...overrides,
});

describe("nodeClient", () => {
  let server: Server | undefined;

  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  });

  async function serve(
    listener: RequestListener,
    options: Omit<NodeClientParameters, "endpoint"> = {},
  ) {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return nodeClient({ endpoint: `http://127.0.0.1:${port}/base/`, timeout: 2_000, ...options });
  }

  const answer = (body: unknown, options?: Omit<NodeClientParameters, "endpoint">) =>
    serve((_request, response) => response.end(toCanonicalJson(body)), options);

  it("default: hands an input over", async () => {
    let seen = "";
    const client = await serve((request, response) => {
      seen = `${request.method} ${request.url} `;
      request.on("data", (chunk: Buffer) => (seen += chunk.toString()));
      request.on("end", () => response.end(toCanonicalJson({ commitment: wordOf("22") })));
    });
    const commitment = await client.putInput({ modelId: wordOf("11"), input: "0x0102" });
    expect(commitment, "commitment").to.equal(wordOf("22"));
    expect(seen, "request").to.equal(
      `PUT /base/inputs {"input":"0x0102","modelId":"${wordOf("11")}"}`,
    );
  });

  it("default: hands a signed order over, and gets its answer at once", async () => {
    let seen = "";
    const { request, ...answered } = signed;
    const signature: Hex = `0x${"22".repeat(65)}`;
    const client = await serve((incoming, response) => {
      seen = `${incoming.method} ${incoming.url} `;
      incoming.on("data", (chunk: Buffer) => (seen += chunk.toString()));
      incoming.on("end", () => response.end(toCanonicalJson(answered)));
    });
    const found = await client.postOrder({ request, signature });
    expect(found, "answer").to.deep.equal(answered);
    const body = toCanonicalJson({ request, signature });
    expect(seen, "request").to.equal(`POST /base/orders ${body}`);
    await new Promise((resolve) => server?.close(resolve));
    const liar = await answer({ ...answered, output: "0x08" });
    const lie = await rejection(liar.postOrder({ request, signature }));
    expect(lie, "another output").to.be.instanceOf(NodeContentMismatchError);
  });

  it("behavior: reads results, outputs, inputs, evidence and health", async () => {
    let client = await answer(signed);
    expect(await client.getResult({ requestId: wordOf("33") }), "result").to.deep.equal(signed);
    await new Promise((resolve) => server?.close(resolve));
    client = await answer({ output });
    const commitment = commitOutput(output);
    expect(await client.getOutput({ commitment }), "output").to.equal(output);
    await new Promise((resolve) => server?.close(resolve));
    client = await answer({ modelId: wordOf("11"), input: "0x01" });
    expect((await client.getInput({ commitment })).input, "input").to.equal("0x01");
    await new Promise((resolve) => server?.close(resolve));
    const piece = { kind: 2, data: "0xab", transactionHash: wordOf("55") };
    client = await answer({ requestId: wordOf("33"), evidence: [piece] });
    const { evidence } = await client.getEvidence({ requestId: wordOf("33") });
    expect(evidence, "evidence").to.deep.equal([piece]);
    await new Promise((resolve) => server?.close(resolve));
    const health = makeHealth({ models: [wordOf("11")] });
    client = await answer(health);
    expect(await client.getHealth(), "health").to.deep.equal(health);
  });

  it("error: content that is not what was asked for", async () => {
    const client = await answer({ output });
    const wrong = await rejection(client.getOutput({ commitment: wordOf("44") }));
    expect(wrong, "output").to.be.instanceOf(NodeContentMismatchError);
    await new Promise((resolve) => server?.close(resolve));
    const liar = await answer({ ...signed, output: "0x08" });
    const lie = await rejection(liar.getResult({ requestId: wordOf("33") }));
    expect(lie, "result").to.be.instanceOf(NodeContentMismatchError);
  });

  it("error: an answer that is malformed", async () => {
    const client = await answer({ output, extra: 1 });
    const error = await rejection(client.getOutput({ commitment: commitOutput(output) }));
    expect(error, "unknown field").to.be.instanceOf(NodeAnswerError);
    expect((error as Error).message, "path").to.contain("$.extra");
    await new Promise((resolve) => server?.close(resolve));
    const html = await serve((_request, response) => response.end("<html>"));
    expect(await rejection(html.getHealth()), "no JSON").to.be.instanceOf(NodeAnswerError);
  });

  it("error: a health of another form", async () => {
    const { role: _role, ...without } = makeHealth();
    const cases: Record<string, unknown> = {
      "$.role": without,
      "$.version": { ...makeHealth(), version: "newest" },
      "$.block": { ...makeHealth(), block: 7 },
      "$.status": { ...makeHealth(), status: "fine" },
    };
    for (const [path, body] of Object.entries(cases)) {
      const client = await answer(body);
      const error = (await rejection(client.getHealth())) as Error;
      expect(error, path).to.be.instanceOf(NodeAnswerError);
      expect(error.message, "names the field").to.contain(path);
      await new Promise((resolve) => server?.close(resolve));
    }
  });

  it("error: refused, with a reason that is safe to print", async () => {
    const client = await serve((_request, response) => {
      response.statusCode = 503;
      response.end(`busy\r\n\u001b[31m${"x".repeat(1_000)}`);
    });
    const error = (await rejection(client.getHealth())) as NodeRefusedError;
    expect(error, "class").to.be.instanceOf(NodeRefusedError);
    expect(error.status, "status").to.equal(503);
    expect(error.message, "printable").to.match(/^[\x20-\x7e\n]{1,400}$/);
  });

  it("error: nothing there", async () => {
    const client = await serve((_request, response) => {
      response.statusCode = 404;
      response.end("{}");
    });
    const error = await rejection(client.getResult({ requestId: wordOf("33") }));
    expect(error, "class").to.be.instanceOf(NodeNotFoundError);
  });

  it("error: more bytes than the limit, in either direction", async () => {
    const endless = await serve(
      (_request, response) => {
        response.write("x".repeat(5_000));
      },
      { maxBytes: 1_000 },
    );
    expect(await rejection(endless.getHealth()), "answer").to.be.instanceOf(NodeBodyTooLargeError);
    const input: Hex = `0x${"00".repeat(1_000)}`;
    const put = await rejection(endless.putInput({ modelId: wordOf("11"), input }));
    expect(put, "request").to.be.instanceOf(NodeBodyTooLargeError);
  });

  it("error: too slow, or aborted by the caller", async () => {
    const slow = await serve(() => {}, { timeout: 30 });
    expect(await rejection(slow.getHealth()), "timeout").to.be.instanceOf(NodeTimeoutError);
    await new Promise((resolve) => {
      server?.closeAllConnections();
      server?.close(resolve);
    });
    const patient = await serve(() => {});
    const abort = new AbortController();
    const asked = rejection(patient.getHealth({ signal: abort.signal }));
    abort.abort();
    expect(await asked, "aborted").to.be.instanceOf(AbortedError);
  });

  it("error: a redirect is not followed, even to a good answer", async () => {
    const client = await serve((request, response) => {
      if (request.url === "/elsewhere") return response.end(toCanonicalJson(makeHealth()));
      return response.writeHead(302, { location: "/elsewhere" }).end();
    });
    expect(await rejection(client.getHealth()), "class").to.be.instanceOf(NodeUnreachableError);
  });

  it("error: an endpoint that is none", async () => {
    for (const endpoint of ["", "node", "file:///etc/passwd", "ftp://node"]) {
      expect(() => nodeClient({ endpoint }), endpoint).to.throw(EndpointInvalidError);
    }
    const nobody = nodeClient({ endpoint: "http://127.0.0.1:1" });
    expect(await rejection(nobody.getHealth()), "closed port").to.be.instanceOf(
      NodeUnreachableError,
    );
  });
});
