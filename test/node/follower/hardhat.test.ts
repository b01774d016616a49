// SPDX-License-Identifier: MIT
// The real contracts on a real node, seen through a proxy that makes mistakes.
import { expect } from "chai";
import { pino } from "pino";
import { encodeFunctionData, type Hex } from "viem";

import { inferenceMarketAbi } from "../../../src/abi/inferenceMarket.ts";
import { openRequest } from "../../../src/client/index.ts";
import { searchLogs } from "../../../src/client/logs.ts";
import { decodeEvents } from "../../../src/node/events.ts";
import { createProvider, Follower } from "../../../src/node/follower/index.ts";
import { RequestBook } from "../../../src/node/request-book.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { type FaultProxy, startFaultProxy } from "../../support/fault-proxy.ts";
import { markBranchPoint } from "../../support/reorg.ts";
import { makeWorld, type World } from "../world.ts";
import { RecordingView, storedPlaces } from "./fixtures.ts";

const SEED = 11;
const RATES = {
  drop: 0.02,
  truncate: 0.02,
  rateLimit: 0.02,
  delay: 0.05,
  duplicate: 0.05,
  missingLogs: 0.2,
  staleHead: 0.02,
};

describe("Follower of a Hardhat node behind a faulty proxy", () => {
  let world: World;
  let proxy: FaultProxy;
  let database: Database;
  const controller = new AbortController();
  const view = new RecordingView();
  const book = new RequestBook();
  let follower: Follower;

  before(async () => {
    world = await makeWorld();
    await world.chain.setIntervalMining({ interval: 0 });
    proxy = await startFaultProxy({
      target: world.rpcUrl,
      seed: SEED,
      rates: RATES,
      delayMs: 5,
      retryAfterSeconds: 0,
    });
    database = await openDatabase({ location: "memory:", schema: "follower_hardhat" });
    follower = new Follower({
      database,
      chain: { deployment: world.deployment, isLocal: true },
      providers: [createProvider(proxy.url), createProvider(world.rpcUrl)],
      views: [view, book],
      onHead: () => {},
      pollingIntervalMs: 10,
      retryDelayMs: 1,
      logger: pino({ level: "silent" }),
      signal: controller.signal,
    });
  });
  after(async () => {
    controller.abort();
    await proxy.close();
    await database.close();
    await world.close();
  });

  const catchUp = async (): Promise<void> => {
    const { hash } = await world.chain.getBlock();
    for (let polls = 0; follower.statistics.head?.hash !== hash; polls += 1) {
      if (polls === 200) throw new RangeError("the follower does not catch up");
      await follower.sync().catch(() => {});
    }
  };
  const expectChain = async (): Promise<void> => {
    const { market, disputeCourt, enclaveRegistry, nodeRegistry } = world.deployment;
    const logs = await searchLogs(world.chain, {
      deployment: world.deployment,
      addresses: [market, disputeCourt, enclaveRegistry, nodeRegistry],
      topics: [],
    });
    const places = logs.map((log) => `${log.blockNumber}:${log.logIndex} ${log.blockHash}`);
    expect(await storedPlaces(database), "stored events").to.deep.equal(places);
    const decoded = decodeEvents(logs, world.deployment);
    const events = decoded.map((log) => `${log.blockNumber}:${log.logIndex} ${log.blockHash}`);
    const applied = view.applied.map((line) => line.split(" ").slice(0, 2).join(" "));
    expect(applied, "events of the view").to.deep.equal(events);
  };
  const open = async () => {
    const request = await world.makeRequest(await world.makeInput("7.png"));
    return (await openRequest(world.client, { deployment: world.deployment, request })).id;
  };
  /** Opens a request in a transaction that can be sent again. */
  const openRaw = async (): Promise<Hex> => {
    const request = await world.makeRequest(await world.makeInput("7.png"));
    const prepared = await world.client.prepareTransactionRequest({
      to: world.deployment.market,
      data: encodeFunctionData({
        abi: inferenceMarketAbi,
        functionName: "openRequest",
        args: [request],
      }),
      chain: null,
      gas: 1_000_000n,
    });
    return world.client.signTransaction({ ...prepared, chain: null });
  };

  it("default", async () => {
    const id = await open();
    await catchUp();
    await expectChain();
    expect(view.applied.length, "events").to.be.greaterThan(3);
    expect(book.get(id)?.id, "the request").to.equal(id);
  });

  for (const depth of [1, 3, 64]) {
    it(`behavior: a reorganisation of ${depth} blocks`, async () => {
      const branch = await markBranchPoint(world.chain);
      const raw = await openRaw();
      await world.chain.sendRawTransaction({ serializedTransaction: raw });
      if (depth > 2) await open();
      const mined = Number((await world.chain.getBlockNumber({ cacheTime: 0 })) - branch.number);
      for (let more = mined; more < depth; more += 1) await world.chain.mine({ blocks: 1 });
      await catchUp();
      await expectChain();
      const before = [...book.all()].length;
      const { count } = follower.statistics.reorganisations;

      // Without the first request, then with it in a longer branch.
      const again = depth === 3 ? [raw] : [];
      const options = { blocks: depth + (depth === 1 ? 0 : 1), transactions: again };
      expect(await branch.replace(options), "replaced").to.equal(depth);
      await catchUp();
      await expectChain();
      const gone = depth === 64 ? 2 : 1;
      expect([...book.all()].length, "requests").to.equal(before - gone);
      const { reorganisations } = follower.statistics;
      expect(reorganisations.count, "counted").to.be.greaterThan(count);
    });
  }

  it("behavior: blocks mined in bulk, which do not name the one before them", async () => {
    await world.chain.mine({ blocks: 100 });
    await open();
    await catchUp();
    await expectChain();
  });

  it("behavior: every fault happened", () => {
    const { duplicate, missingLogs, ...others } = proxy.counts;
    expect(duplicate, "duplicates").to.be.greaterThan(0);
    expect(missingLogs, "missing logs").to.be.greaterThan(0);
    const { drop, truncate, rateLimit, delay, staleHead } = others;
    for (const [fault, count] of Object.entries({ drop, truncate, rateLimit, delay, staleHead }))
      expect(count, fault).to.be.greaterThan(0);
  });
});
