// SPDX-License-Identifier: MIT
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { type Fault, type FaultProxyParameters, startFaultProxy } from "./fault-proxy.ts";

/** A chain of 100 blocks, each with four logs, that counts what it is asked. */
async function startChain(name: string) {
  const asked: string[] = [];
  const answer = ({
    id,
    method,
    params = [],
  }: {
    id: number;
    method: string;
    params?: unknown[];
  }) => {
    asked.push(method);
    const tag = params[0] === "latest" ? "0x64" : params[0];
    const results: Record<string, unknown> = {
      eth_blockNumber: "0x64",
      eth_getBlockByNumber: { number: tag, chain: name },
      eth_getLogs: [0, 1, 2, 3],
      eth_sendRawTransaction: `0x${asked.length}`,
      eth_chainId: name,
    };
    return { jsonrpc: "2.0", id, result: results[method] };
  };
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const chunks = (await request.toArray()) as Buffer[];
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Parameters<typeof answer>[0];
      response.end(JSON.stringify(Array.isArray(body) ? body.map(answer) : answer(body)));
    };
    void serve();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, close: () => server.close() };
}

const call = (method: string, params: unknown[] = [], id = 1) => ({ id, method, params });

async function resultOf(response: Promise<Response>): Promise<unknown> {
  return ((await (await response).json()) as { result: unknown }).result;
}

describe("startFaultProxy", () => {
  let chain: Awaited<ReturnType<typeof startChain>>;
  let other: Awaited<ReturnType<typeof startChain>>;
  before(async () => {
    [chain, other] = await Promise.all([startChain("right"), startChain("wrong")]);
  });
  beforeEach(() => void chain.asked.splice(0));
  after(() => {
    chain.close();
    other.close();
  });

  const withProxy = async (
    parameters: Partial<FaultProxyParameters>,
    use: (
      proxy: Awaited<ReturnType<typeof startFaultProxy>>,
      post: (body: unknown) => Promise<Response>,
    ) => Promise<void>,
  ) => {
    const proxy = await startFaultProxy({ target: chain.url, seed: 7, ...parameters });
    const post = (body: unknown) =>
      fetch(proxy.url, { method: "POST", body: JSON.stringify(body) });
    try {
      await use(proxy, post);
    } finally {
      await proxy.close();
    }
  };

  it("default", () =>
    withProxy({}, async ({ counts }, post) => {
      expect(await resultOf(post(call("eth_blockNumber"))), "answer").to.equal("0x64");
      const batch = await post([call("eth_chainId", [], 5), call("eth_blockNumber", [], 6)]);
      const ids = ((await batch.json()) as { id: number }[]).map(({ id }) => id);
      expect(ids, "a batch").to.deep.equal([5, 6]);
      expect(Object.values(counts), "no fault").to.deep.equal(Array.from({ length: 8 }, () => 0));
    }));

  it("behavior: drop, before and after the request was served", () =>
    withProxy({ rates: { drop: 1 } }, async ({ counts }, post) => {
      const send = () =>
        post(call("eth_sendRawTransaction")).then(
          () => false,
          () => true,
        );
      for (let sent = 0; sent < 10; sent += 1)
        expect(await send(), "the connection breaks").to.equal(true);
      expect(counts.drop, "counted").to.equal(10);
      expect(chain.asked.length, "served some").to.be.within(1, 9);
    }));

  it("behavior: duplicate", () =>
    withProxy({ methods: { eth_sendRawTransaction: { duplicate: 1 } } }, async (proxy, post) => {
      await post(call("eth_chainId"));
      expect(await resultOf(post(call("eth_sendRawTransaction"))), "second").to.equal("0x3");
      expect(proxy.counts.duplicate, "of this method only").to.equal(1);
    }));

  it("behavior: truncate", () =>
    withProxy({ rates: { truncate: 1 } }, async ({ counts }, post) => {
      const text = await (await post(call("eth_blockNumber"))).text();
      expect(() => JSON.parse(text) as unknown, "no JSON").to.throw(SyntaxError);
      expect(counts.truncate, "counted").to.equal(1);
    }));

  it("behavior: rate limit", () =>
    withProxy({ rates: { rateLimit: 1 }, retryAfterSeconds: 3 }, async ({ counts }, post) => {
      const response = await post(call("eth_blockNumber"));
      expect(response.status, "status").to.equal(429);
      expect(response.headers.get("Retry-After"), "header").to.equal("3");
      expect(chain.asked, "not served").to.deep.equal([]);
      expect(counts.rateLimit, "counted").to.equal(1);
    }));

  it("behavior: delay", () =>
    withProxy({ rates: { delay: 1 }, delayMs: 1 }, async ({ counts }, post) => {
      expect(await resultOf(post(call("eth_blockNumber"))), "answer").to.equal("0x64");
      expect(counts.delay, "counted").to.equal(1);
    }));

  it("behavior: stale head, the same for a while", () =>
    withProxy({ rates: { staleHead: 1 }, staleBy: 4, episode: 3 }, async ({ counts }, post) => {
      expect(await resultOf(post(call("eth_blockNumber"))), "number").to.equal("0x60");
      const latest = await resultOf(post(call("eth_getBlockByNumber", ["latest", false])));
      expect(latest, "block").to.deep.include({ number: "0x60" });
      const newer = await resultOf(post(call("eth_getBlockByNumber", ["0x61", false])));
      expect(newer, "newer block").to.equal(null);
      expect(counts.staleHead, "one episode").to.equal(1);
    }));

  it("behavior: missing logs", () =>
    withProxy({ rates: { missingLogs: 1 } }, async ({ counts }, post) => {
      expect(await resultOf(post(call("eth_getLogs"))), "fewer").to.have.lengthOf.below(4);
      expect(counts.missingLogs, "counted").to.equal(1);
    }));

  it("behavior: wrong chain for a while", () =>
    withProxy({ wrongTarget: other.url, episode: 2 }, async ({ counts, setRates }, post) => {
      setRates({ wrongChain: 1 });
      expect(await resultOf(post(call("eth_chainId"))), "chain").to.equal("wrong");
      expect(counts.wrongChain, "counted").to.equal(1);
      setRates({});
      expect(await resultOf(post(call("eth_chainId"))), "back").to.equal("right");
    }));

  it("behavior: the same seed gives the same schedule", async () => {
    const schedules: string[] = [];
    for (const seed of [1, 1, 2]) {
      await withProxy({ seed, rates: { truncate: 0.3, rateLimit: 0.3 } }, async (proxy, post) => {
        const seen: Partial<Record<Fault, number>>[] = [];
        for (let sent = 0; sent < 30; sent += 1) {
          await (await post(call("eth_blockNumber"))).text();
          seen.push({ ...proxy.counts });
        }
        schedules.push(JSON.stringify(seen));
        expect(proxy.requests, "requests").to.equal(30);
      });
    }
    expect(schedules[1], "same seed").to.equal(schedules[0]);
    expect(schedules[2], "another seed").not.to.equal(schedules[0]);
  });
});
