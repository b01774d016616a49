// SPDX-License-Identifier: MIT
import { request as httpRequest } from "node:http";

import { expect } from "chai";
import { toHex } from "viem";

import { nodeClient } from "../../src/client/index.ts";
import { MAX_BODY_BYTES } from "../../src/node/http/app.ts";
import type { RunningNode } from "../../src/node/index.ts";
import { commitInput } from "../../src/zkml/index.ts";
import { version } from "../../src/node/version.ts";
import { makeWorld, type World } from "./world.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** Sends a path as it is: `fetch` would resolve its dots. */
function getRaw(endpoint: string, path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path }, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    sent.on("error", reject);
    sent.end();
  });
}

describe("a node's HTTP service", () => {
  let world: World;
  let node: RunningNode;

  before(async function () {
    this.timeout(120_000);
    world = await makeWorld();
    await world.fund("inference");
    node = await world.start("inference", "inference");
  });
  after(async function () {
    this.timeout(30_000);
    await world.close();
  });

  const send = async (path: string, init: RequestInit) => {
    const response = await fetch(`${node.endpoint}${path}`, init);
    const { error } = (await response.json()) as { error?: { code: string; message: string } };
    return { status: response.status, code: error?.code, message: error?.message };
  };
  const put = (body: unknown, headers: Record<string, string> = JSON_TYPE) =>
    send("/inputs", { method: "PUT", headers, body: JSON.stringify(body) });

  it("default", async () => {
    const service = nodeClient({ endpoint: node.endpoint });
    const health = await service.getHealth();
    expect(health.node, "address").to.equal(node.address);
    expect(health.models, "models").to.include(world.modelId);
    expect(health.role, "role").to.equal("inference");
    expect(health.version, "version").to.equal(version);
    expect(health.block > 0n, "follows the chain").to.equal(true);

    const input = await world.makeInput("4.png");
    const { modelId } = world;
    const commitment = await service.putInput({ modelId, input: toHex(input) });
    expect(commitment, "commitment").to.equal(commitInput(world.model, input));
    const posted = await fetch(`${node.endpoint}/inputs`, {
      method: "POST",
      headers: JSON_TYPE,
      body: JSON.stringify({ modelId, input: toHex(input) }),
    });
    expect(await posted.json(), "POST does the same").to.deep.equal({ commitment });
    const stored = await service.getInput({ commitment });
    expect(stored, "what was put").to.deep.equal({ modelId, input: toHex(input) });
    expect(posted.headers.get("access-control-allow-origin"), "CORS").to.equal(null);
  });

  it("error: inputs that are not the model's", async () => {
    const { modelId } = world;
    const short = await put({ modelId, input: "0x0102" });
    expect(short, "too short").to.include({ status: 400, code: "ZKML-001" });
    const bright = await put({ modelId, input: toHex(new Uint8Array(64).fill(255)) });
    expect(bright, "out of range").to.include({ status: 400, code: "ZKML-002" });
    const other = await put({ modelId: toHex(1, { size: 32 }), input: "0x00" });
    expect(other, "another model").to.include({ status: 422, code: "NODE-043" });
  });

  it("error: bodies that are not what is asked for", async () => {
    const { modelId } = world;
    const garbled = await send("/inputs", { method: "PUT", headers: JSON_TYPE, body: "{" });
    expect(garbled, "no JSON").to.include({ status: 400, code: "PROTO-003" });
    const nested = "[".repeat(30_000);
    const deep = await send("/inputs", { method: "PUT", headers: JSON_TYPE, body: nested });
    expect(deep, "deep JSON").to.include({ status: 400 });
    expect(await put({ modelId }), "missing field").to.include({ status: 400, code: "PROTO-004" });
    const extra = await put({ modelId, input: "0x", more: 1 });
    expect(extra, "unknown field").to.include({ status: 400, code: "PROTO-005" });
    const proto = await send("/inputs", {
      method: "PUT",
      headers: JSON_TYPE,
      body: `{"__proto__":{"modelId":"${modelId}"},"input":"0x"}`,
    });
    expect(proto, "prototype").to.include({ status: 400, code: "PROTO-005" });
    const odd = await put({ modelId, input: "0x123" });
    expect(odd, "odd hex").to.include({ status: 400, code: "PROTO-006" });
    const text = await put({ modelId }, { "content-type": "text/plain" });
    expect(text, "media type").to.include({ status: 415, code: "NODE-042" });
    const packed = await put({ modelId }, { ...JSON_TYPE, "content-encoding": "gzip" });
    expect(packed, "compressed").to.include({ status: 415, code: "NODE-042" });
    const large = await put({ modelId, input: `0x${"00".repeat(MAX_BODY_BYTES)}` });
    expect(large, "oversized").to.include({ status: 413, code: "NODE-041" });
    const chunked = await send("/inputs", {
      method: "PUT",
      headers: JSON_TYPE,
      body: new Blob([" ".repeat(MAX_BODY_BYTES + 1)]).stream(),
      duplex: "half",
    } as RequestInit);
    expect(chunked, "oversized in chunks").to.include({ status: 413, code: "NODE-041" });
    const order = await send("/orders", { method: "POST", headers: JSON_TYPE, body: "{}" });
    expect(order, "an empty order").to.include({ status: 400, code: "PROTO-004" });
  });

  it("error: names that are no names", async () => {
    const paths = [
      "/inputs/../../../../etc/passwd",
      "/inputs/..%2f..%2f..%2fetc%2fpasswd",
      "/inputs/%2e%2e%2f%2e%2e%2fpackage.json",
      "/results/0x00%00",
      "/outputs/0xzz",
      "/evidence/0x" + "0".repeat(65),
      "/inputs/0x" + "0".repeat(62) + "%2f.",
    ];
    for (const path of paths) {
      const { status, body } = await getRaw(node.endpoint, path);
      expect(status, `status of ${path}`).to.be.oneOf([400, 404]);
      const { error } = JSON.parse(body) as { error: { code: string } };
      expect(error.code, `code of ${path}`).to.be.oneOf(["STORE-010", "NODE-040"]);
    }
  });

  it("error: what the node does not have", async () => {
    const nothing = `/results/0x${"0".repeat(64)}`;
    const missing = await send(nothing, {});
    expect(missing, "no result").to.include({ status: 404, code: "STORE-013" });
    const unknown = await send("/admin", {});
    expect(unknown, "no path").to.include({ status: 404, code: "NODE-040" });
    const removed = await send("/inputs", { method: "DELETE" });
    expect(removed, "no method").to.include({ status: 404, code: "NODE-040" });
  });
});
