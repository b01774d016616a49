// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { HeadStaleError } from "../../../src/node/follower/errors.ts";
import {
  FollowerOptionError,
  GenesisChangedError,
  LogsIncompleteError,
  ProviderReadError,
  ProvidersDisagreeError,
} from "../../../src/node/follower/index.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { seeded } from "../../support/seeded.ts";
import { clearStore, Crash, CrashingDatabase, makeFollower, storedPlaces } from "./fixtures.ts";
import { CROWD, HONEST, makeProvider, ModelChain, requestIdOf } from "./model-chain.ts";

const placesOf = (chain: ModelChain): string[] =>
  chain.events().map((log) => `${log.blockNumber}:${log.logIndex} ${log.blockHash}`);

async function failureOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("Follower", () => {
  let database: Database;
  before(async () => {
    database = await openDatabase({ location: "memory:", schema: "follower" });
  });
  beforeEach(() => clearStore(database));
  after(() => database.close());

  const setUp = (blocks = 40, overrides = {}) => {
    const chain = new ModelChain();
    const random = seeded(1);
    chain.mine(Array.from({ length: blocks }, (_, at) => at));
    const [first, second] = [makeProvider(chain, random), makeProvider(chain, random)];
    const follow = (providers: Parameters<typeof makeFollower>[1] = [first], more = {}) =>
      makeFollower(database, providers, { ...overrides, ...more });
    return { chain, first, second, follow };
  };
  const expectCanonical = async (chain: ModelChain, view: { applied: string[] }) => {
    const expected = placesOf(chain);
    expect(await storedPlaces(database), "stored events").to.deep.equal(expected);
    const applied = view.applied.map((line) => line.split(" ").slice(0, 2).join(" "));
    expect(applied, "events of the view").to.deep.equal(expected);
  };

  it("default", async () => {
    const { chain, follow } = setUp();
    const { follower, view, heads } = follow();
    await follower.sync();
    const { resets } = view;
    chain.mine([2, 3]);
    await follower.sync();
    await expectCanonical(chain, view);
    expect(heads, "heads told").to.deep.equal([40n, 42n]);
    expect(view.resets, "the view goes on").to.equal(resets);
    const { healthy, head, lag, agreement } = follower.statistics;
    expect(healthy, "healthy").to.equal(true);
    expect(head, "head").to.include({ number: 42n, hash: chain.head.hash, confirmed: 42n });
    expect(lag, "lag").to.equal(0);
    expect(agreement, "agreement of one provider").to.equal("off");
  });

  it("behavior: a restart folds what is stored, without the RPC", async () => {
    const { chain, first, follow } = setUp();
    await follow().follower.sync();
    first.behaviour = { ...HONEST, failing: 1 };
    const { follower, view, heads } = follow();
    expect(await failureOf(follower.sync()), "sync").to.be.instanceOf(ProviderReadError);
    await expectCanonical(chain, view);
    expect(heads, "no head without a chain").to.deep.equal([]);
    expect(follower.statistics, "statistics").to.deep.include({ healthy: false });
  });

  for (const depth of [1, 3, 64]) {
    it(`behavior: a reorganisation of ${depth} blocks`, async () => {
      const { chain, follow } = setUp(100);
      const { follower, view } = follow();
      await follower.sync();
      const { resets } = view;
      chain.reorganise(
        depth,
        Array.from({ length: depth + 1 }, (_, at) => at + 2),
      );
      await follower.sync();
      await expectCanonical(chain, view);
      const { reorganisations } = follower.statistics;
      expect(reorganisations, "counted").to.deep.equal({ count: 1, deepest: depth });
      expect(view.resets, "made again once").to.equal(resets + 1);
    });
  }

  it("behavior: a reorganisation to the same and to a smaller height", async () => {
    const { chain, follow } = setUp();
    const { follower, view } = follow();
    await follower.sync();
    chain.reorganise(3, [2, 3, 4]);
    await follower.sync();
    await expectCanonical(chain, view);
    chain.reorganise(5, [2, 3]);
    await follower.sync();
    await expectCanonical(chain, view);
  });

  it("behavior: a reorganisation deeper than the kept blocks starts over", async () => {
    const { chain, follow } = setUp(200, { keptBlocks: 128 });
    const { follower, view } = follow();
    await follower.sync();
    const [{ count } = { count: 0n }] = await database.query<{ count: bigint }>(
      "SELECT count(*) AS count FROM blocks",
    );
    expect(count, "kept blocks").to.equal(128n);
    chain.reorganise(
      150,
      Array.from({ length: 150 }, (_, at) => at + 1),
    );
    await follower.sync();
    await expectCanonical(chain, view);
    expect(follower.statistics.reorganisations.deepest, "depth").to.equal(200);
  });

  it("behavior: an old head is ignored", async () => {
    const { chain, first, follow } = setUp();
    const { follower, view, heads } = follow();
    await follower.sync();
    for (const forgets of [false, true]) {
      first.behaviour = { ...HONEST, behind: 5, forgets };
      await follower.sync();
    }
    await expectCanonical(chain, view);
    expect(heads, "the head stays").to.deep.equal([40n, 40n, 40n]);
    expect(follower.statistics.rpcErrors.stale, "counted").to.equal(2);
  });

  it("behavior: a chain that stays shorter was rolled back", async () => {
    let time = 0;
    const { chain, follow } = setUp(40, { now: () => time, patienceMs: 1_000 });
    const { follower, view, heads } = follow();
    await follower.sync();
    chain.canonical = chain.canonical.slice(0, 31);
    await follower.sync();
    time = 1_001;
    await follower.sync();
    await expectCanonical(chain, view);
    expect(heads, "heads").to.deep.equal([40n, 40n, 30n]);
  });

  it("behavior: an old head of the first provider is passed over for the second's", async () => {
    const { chain, first, second, follow } = setUp();
    const { follower, view } = follow([first, second]);
    await follower.sync();
    first.behaviour = { ...HONEST, behind: 5 };
    chain.mine([2, 3]);
    await follower.sync();
    await expectCanonical(chain, view);
  });

  it("behavior: missing logs are found at the second provider", async () => {
    const { chain, first, second, follow } = setUp();
    first.behaviour = { ...HONEST, missingLogs: 1 };
    const { follower, view } = follow([first, second]);
    await follower.sync();
    await expectCanonical(chain, view);
  });

  it("behavior: a provider that fails is passed over until it has rested", async () => {
    let time = 0;
    const { chain, first, second, follow } = setUp(10, { now: () => time, retryDelayMs: 1 });
    const { follower, view } = follow([first, second]);
    first.behaviour = { ...HONEST, failing: 1 };
    await follower.sync();
    await expectCanonical(chain, view);
    const calls = Object.values(first.calls).reduce((sum, count) => sum + count, 0);
    expect(calls, "tried a bounded number of times").to.equal(5);
    await follower.sync();
    expect(Object.values(first.calls), "left alone").to.deep.equal([5]);
    time = 60_000;
    first.behaviour = HONEST;
    await follower.sync();
    expect(first.calls["eth_getBlockByNumber"], "asked again").to.be.greaterThan(0);
    expect(follower.statistics.agreement, "agreement").to.equal("agreed");
  });

  it("behavior: far behind, ranges are read and made smaller if refused", async () => {
    const { chain, first, follow } = setUp(600, { keptBlocks: 128, blockRange: 300 });
    first.behaviour = { ...HONEST, mostBlocks: 50 };
    const { follower, view } = follow();
    await follower.sync();
    await expectCanonical(chain, view);
    const headers = first.calls["eth_getBlockByNumber"]!;
    expect(headers, "headers of the newest blocks only").to.be.lessThan(128 + 64 + 40);
    expect(follower.statistics.rpcErrors.refused, "300 and 150 and 75 blocks").to.equal(3);
  });

  it("behavior: confirmed and final are below the head", async () => {
    const { chain, follow } = setUp(100, { confirmations: 2 });
    const { follower } = follow();
    await follower.sync();
    expect(follower.statistics.head, "head").to.include({ confirmed: 98n, final: 36n });
    chain.reorganise(
      70,
      Array.from({ length: 71 }, () => 0),
    );
    await follower.sync();
    expect(follower.statistics.head, "after a reorganisation").to.include({ final: 37n });
  });

  it("behavior: two followers share a store", async () => {
    const { chain, follow } = setUp();
    const [one, other] = [follow(), follow()];
    await Promise.all([one.follower.sync(), other.follower.sync()]);
    chain.reorganise(4, [3, 3, 3, 3, 3]);
    await one.follower.sync();
    await other.follower.sync();
    await expectCanonical(chain, one.view);
    await expectCanonical(chain, other.view);
  });

  it("behavior: a view whose fold was interrupted is made again", async () => {
    const { chain, first, follow } = setUp();
    await follow().follower.sync();
    for (let left = 0; left < 10; left += 1) {
      const crashing = new CrashingDatabase(database);
      const { follower, view } = makeFollower(crashing, [first]);
      crashing.left = left;
      await failureOf(follower.sync());
      crashing.left = Number.POSITIVE_INFINITY;
      await follower.sync();
      await expectCanonical(chain, view);
    }
  });

  it("behavior: a view that has some of the new events when the database fails is made again", async () => {
    const { chain, first, follow } = setUp(2, { keptBlocks: 512 });
    const crashing = new CrashingDatabase(database);
    const { follower, view } = makeFollower(crashing, [first]);
    await follower.sync();
    const { resets } = view;
    // Three events each, more than are read at once; another process stores them.
    chain.mine(Array.from({ length: 400 }, () => 4));
    await follow().follower.sync();
    // Two statements for the place, one for the lock, two for the place, one for the folded block, one for events.
    crashing.left = 7;
    expect(await failureOf(follower.sync()), "failure").to.be.instanceOf(Crash);
    expect(view.applied.length, "some events").to.be.within(1_000, 1_199);
    crashing.left = Number.POSITIVE_INFINITY;
    await follower.sync();
    await expectCanonical(chain, view);
    expect(view.resets, "made again").to.equal(resets + 1);
  });

  it("behavior: pruned requests stay away, unless they are not final", async () => {
    const { chain, follow } = setUp(0);
    chain.mine(Array.from({ length: 100 }, () => 2));
    const { follower } = follow();
    await follower.sync();
    // Of 100 blocks 36 are final; request n has events in blocks n and n + 50.
    const ended = [requestIdOf(3), requestIdOf(40)] as Parameters<typeof follower.pruneRequests>[0];
    expect(await follower.pruneRequests(ended), "not final").to.equal(0);
    chain.mine(Array.from({ length: 30 }, () => 0));
    await follower.sync();
    expect(await follower.pruneRequests(ended), "final").to.equal(2);
    const restarted = follow();
    await restarted.follower.sync();
    expect(restarted.view.applied, "what is left").to.have.lengthOf(98);
  });

  it("behavior: run goes on after failures and ends with its signal", async () => {
    const { chain, first, follow } = setUp();
    const { follower, view, controller } = follow([first], {
      onHead: () => controller.abort(),
    });
    first.behaviour = { ...HONEST, failing: 0.5 };
    await follower.run();
    await expectCanonical(chain, view);
  });

  it("behavior: a crowded block is believed if all answers agree", async () => {
    const { chain, first, follow } = setUp(2);
    chain.mine([CROWD]);
    const { follower, view } = follow();
    first.behaviour = { ...HONEST, missingLogs: 0.5 };
    await failureOf(follower.sync());
    first.behaviour = HONEST;
    await follower.sync();
    await expectCanonical(chain, view);
    const hash = chain.head.hash;
    chain.mine([CROWD]);
    first.behaviour = { ...HONEST, missingLogs: 0.3 };
    let failure: unknown;
    for (let polls = 0; polls < 20 && follower.statistics.head?.hash === hash; polls += 1)
      failure = (await failureOf(follower.sync())) ?? failure;
    expect(failure, "disagreeing answers").to.be.instanceOf(LogsIncompleteError);
    await expectCanonical(chain, view);
  });

  it("behavior: a second provider of another chain is left alone", async () => {
    const { chain, first, second, follow } = setUp(600, { keptBlocks: 128 });
    second.behaviour = { ...HONEST, chain: new ModelChain("another genesis") };
    const { follower, view } = follow([first, second]);
    await follower.sync();
    await expectCanonical(chain, view);
    expect(follower.statistics.agreement, "agreement").to.equal("unavailable");
  });

  it("error: missing logs with nobody to ask", async () => {
    const { chain, first, follow } = setUp();
    first.behaviour = { ...HONEST, missingLogs: 1 };
    const { follower, view } = follow();
    expect(await failureOf(follower.sync()), "failure").to.be.instanceOf(LogsIncompleteError);
    expect(view.applied, "nothing is believed").to.deep.equal([]);
    first.behaviour = HONEST;
    await follower.sync();
    await expectCanonical(chain, view);
  });

  it("error: two providers disagree", async () => {
    const { chain, first, second, follow } = setUp();
    const { follower, view } = follow([first, second], { confirmations: 2 });
    await follower.sync();
    const fork = Object.assign(new ModelChain(), { canonical: chain.canonical.slice(0, 39) });
    fork.mine([1, 1, 1, 1, 1]);
    second.behaviour = { ...HONEST, chain: fork };
    chain.mine([2, 2]);
    const failure = await failureOf(follower.sync());
    expect(failure, "failure").to.be.instanceOf(ProvidersDisagreeError);
    expect(follower.statistics, "statistics").to.deep.include({
      healthy: false,
      agreement: "disagreed",
    });
    expect(follower.statistics.head?.number, "not beyond it").to.equal(40n);
    second.behaviour = HONEST;
    await follower.sync();
    await expectCanonical(chain, view);
    expect(follower.statistics.healthy, "healthy again").to.equal(true);
  });

  it("error: the chain was restarted", async () => {
    const { first, follow } = setUp();
    const { follower } = follow();
    await follower.sync();
    const other = new ModelChain("another genesis");
    other.mine([2, 2]);
    first.behaviour = { ...HONEST, chain: other };
    const failures = [await failureOf(follower.sync()), await failureOf(follow().follower.sync())];
    for (const failure of failures)
      expect(failure, "failure").to.be.instanceOf(GenesisChangedError);
    expect(await database.query("SELECT 1 FROM events"), "nothing is lost").not.to.have.lengthOf(0);
  });

  it("error: options that make no sense", () => {
    const { follow } = setUp(1);
    expect(() => follow(undefined, { keptBlocks: 127 }), "kept").to.throw(FollowerOptionError);
    expect(new HeadStaleError(1n, 2n).message, "says what").to.contain("block 1");
  });
});
