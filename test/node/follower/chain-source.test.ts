// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { createClient, custom, type Hex } from "viem";

import { ChainSource, createProvider } from "../../../src/node/follower/chain-source.ts";
import { ProviderReadError } from "../../../src/node/follower/errors.ts";
import type { RpcErrorKind } from "../../../src/node/follower/types.ts";
import { startFaultProxy } from "../../support/fault-proxy.ts";
import { seeded } from "../../support/seeded.ts";
import { makeProvider, ModelChain } from "./model-chain.ts";

type Provider = ReturnType<typeof createProvider>;

function makeSource(client: Provider) {
  const failures: RpcErrorKind[] = [];
  const source = new ChainSource({
    client,
    signal: new AbortController().signal,
    retryDelayMs: 1,
    now: () => 0,
    random: () => 0,
    onFailure: (kind) => void failures.push(kind),
  });
  return { source, failures };
}

const answering = (answer: unknown): Provider =>
  createClient({ transport: custom({ request: async () => answer }, { retryCount: 0 }) });

const failureOf = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("ChainSource", () => {
  const chain = new ModelChain();
  chain.mine([3]);
  const honest = makeProvider(chain, seeded(1));

  it("default", async () => {
    const { source } = makeSource(honest.client);
    const { logs, ...block } = chain.head;
    expect(await source.readBlock("latest"), "block").to.deep.equal(block);
    expect(await source.readBlock(9n), "unknown block").to.equal(undefined);
    expect(await source.readLogs({ blocks: block.hash }), "logs").to.deep.equal(logs);
    expect(await source.readChainId(), "chain id").to.equal(31_337);
  });

  it("behavior: a rate limit that is too long for a read is the poll's to wait out", async () => {
    const proxy = await startFaultProxy({
      target: "http://127.0.0.1:1",
      seed: 1,
      rates: { rateLimit: 1 },
      retryAfterSeconds: 30,
    });
    const { source, failures } = makeSource(createProvider(proxy.url));
    const failure = await failureOf(source.readChainId());
    expect(failure, "failure").to.be.instanceOf(ProviderReadError);
    expect(failure, "when to come back").to.include({ kind: "rate-limited", retryAfterMs: 30_000 });
    expect(failures, "asked once").to.deep.equal(["rate-limited"]);
    await proxy.close();
  });

  it("behavior: rests grow, and end with success", () => {
    const { source } = makeSource(honest.client);
    const rests = [1, 2, 3].map(() => {
      source.rest();
      return source.restsUntil;
    });
    expect(rests, "twice as long each time").to.deep.equal([0.5, 1, 2]);
    source.rest(30_000);
    expect(source.restsUntil, "as long as the provider wants").to.equal(30_000);
    source.praise();
    expect(source.restsUntil, "rested").to.equal(0);
  });

  const log = () => ({
    address: `0x${"11".repeat(20)}`,
    topics: [`0x${"22".repeat(32)}`] as Hex[],
    data: "0x",
    blockNumber: "0x1",
    blockHash: `0x${"33".repeat(32)}`,
    transactionHash: `0x${"44".repeat(32)}`,
    logIndex: "0x0",
  });
  const malformed: Record<string, unknown> = {
    "no list": {},
    "a log without its block's hash": [{ ...log(), blockHash: null }],
    "a log without an index": [{ ...log(), logIndex: undefined }],
    "a short topic": [{ ...log(), topics: ["0x22"] }],
    "five topics": [{ ...log(), topics: Array.from({ length: 5 }, () => log().topics[0]) }],
    "a removed log": [{ ...log(), removed: true }],
    "odd data": [{ ...log(), data: "0x123" }],
  };
  for (const [name, answer] of Object.entries(malformed)) {
    it(`error: logs with ${name}`, async () => {
      const { source } = makeSource(answering(answer));
      const failure = await failureOf(source.readLogs({ blocks: { from: 0n, to: 1n } }));
      expect(failure, "failure").to.include({ kind: "malformed", code: "FOLLOW-001" });
    });
  }

  it("error: a block without its filter", async () => {
    const { source } = makeSource(answering({ ...log(), hash: log().blockHash, number: "0x1" }));
    expect(await failureOf(source.readBlock(1n)), "failure").to.include({ kind: "malformed" });
  });
});
