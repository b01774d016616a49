// SPDX-License-Identifier: MIT
// Whatever chain, providers and process do: in the end the store has the canonical chain's events, and the views are the
// fold of them.
import { expect } from "chai";
import * as fc from "fast-check";

import { ProviderError, ProvidersDisagreeError } from "../../../src/node/follower/index.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { seeded } from "../../support/seeded.ts";
import { clearStore, Crash, CrashingDatabase, makeFollower, storedPlaces } from "./fixtures.ts";
import { HONEST, makeProvider, type Misbehaviour, ModelChain } from "./model-chain.ts";

const SEED = 20_261_121;
const RUNS = 25;

type Step =
  | { do: "mine"; kinds: number[] }
  | { do: "reorganise"; depth: number; grow: number; kind: number }
  | { do: "misbehave"; provider: 0 | 1; how: Partial<Misbehaviour> }
  | { do: "fork"; provider: 0 | 1; depth: number }
  /** The process ends and starts again, or only the database fails it. */
  | { do: "crash"; after: number; restart: boolean }
  | { do: "restart" }
  | { do: "sync" };

const kind = fc.nat({ max: 5 });
const provider = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("mine" as const), kinds: fc.array(kind) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("reorganise" as const),
      depth: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 64 })),
      grow: fc.integer({ min: -1, max: 3 }),
      kind,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("misbehave" as const),
      provider,
      how: fc.oneof(
        fc.record({ behind: fc.integer({ min: 1, max: 70 }), forgets: fc.boolean() }),
        fc.record({ missingLogs: fc.constantFrom(0.3, 1) }),
        fc.record({ failing: fc.constantFrom(0.2, 1) }),
        fc.constant({}),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fork" as const),
      provider,
      depth: fc.integer({ min: 1, max: 10 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("crash" as const),
      after: fc.nat(30),
      restart: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "restart" as const }) },
  { weight: 6, arbitrary: fc.constant({ do: "sync" as const }) },
);

describe("Follower, whatever happens", () => {
  let database: Database;
  before(async () => {
    database = await openDatabase({ location: "memory:", schema: "follower_property" });
  });
  after(() => database.close());

  const run = async (steps: readonly Step[], seed: number, providers: 1 | 2): Promise<void> => {
    await clearStore(database);
    const chain = new ModelChain();
    chain.mine(Array.from({ length: 70 }, (_, at) => at));
    const random = seeded(seed);
    const both = [makeProvider(chain, random), makeProvider(chain, random)] as const;
    const crashing = new CrashingDatabase(database);
    let time = 0;
    const start = () =>
      makeFollower(crashing, providers === 1 ? [both[0]] : both, {
        now: () => time,
        confirmations: 2,
      });
    let node = start();

    const sync = async (): Promise<boolean> => {
      try {
        await node.follower.sync();
      } catch (error) {
        const expected =
          error instanceof ProviderError ||
          error instanceof ProvidersDisagreeError ||
          error instanceof Crash;
        if (!expected) throw error;
        return false;
      }
      const applied = node.view.applied.map((line) => line.split(" ").slice(0, 2).join(" "));
      expect(applied, "the view is the fold of the store").to.deep.equal(
        await storedPlaces(database),
      );
      return true;
    };

    for (const now of steps) {
      time += 1_000;
      switch (now.do) {
        case "mine":
          chain.mine(now.kinds);
          break;
        case "reorganise": {
          const length = Math.max(1, now.depth + now.grow);
          chain.reorganise(
            now.depth,
            Array.from({ length }, (_, at) => now.kind + at),
          );
          break;
        }
        case "misbehave":
          both[now.provider].behaviour = { ...HONEST, ...now.how };
          break;
        case "fork": {
          const fork = new ModelChain();
          fork.canonical = chain.canonical.slice(
            0,
            Math.max(1, chain.canonical.length - now.depth),
          );
          fork.mine([2, 3, 1, 4, 2].map((event) => event + now.depth));
          both[now.provider].behaviour = { ...HONEST, chain: fork };
          break;
        }
        case "crash":
          crashing.left = now.after;
          await sync();
          crashing.left = Number.POSITIVE_INFINITY;
          if (now.restart) node = start();
          break;
        case "restart":
          node = start();
          break;
        default:
          await sync();
      }
    }

    both[0].behaviour = HONEST;
    both[1].behaviour = HONEST;
    chain.mine([2]);
    // What a provider may have hidden or invented ends with its misbehaviour, and with the patience for it.
    let synced = false;
    for (let polls = 0; polls < 4; polls += 1) {
      time += 100_000;
      synced = await sync();
    }
    expect(synced, "the last poll goes well").to.equal(true);
    const canonical = chain
      .events()
      .map((log) => `${log.blockNumber}:${log.logIndex} ${log.blockHash}`);
    expect(await storedPlaces(database), "stored events").to.deep.equal(canonical);
    expect(node.follower.statistics.head?.hash, "head").to.equal(chain.head.hash);

    const restarted = start();
    both[0].behaviour = { ...HONEST, failing: 1 };
    both[1].behaviour = { ...HONEST, failing: 1 };
    await restarted.follower.sync().catch(() => {});
    expect(restarted.view.applied, "a restart folds the same").to.deep.equal(node.view.applied);
  };

  for (const providers of [1, 2] as const) {
    it(`behavior: with ${providers} provider${providers === 1 ? "" : "s"}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 25 }), fc.nat(), (steps, seed) =>
          run(steps, seed, providers),
        ),
        { seed: SEED, numRuns: RUNS },
      );
    });
  }
});
