// SPDX-License-Identifier: MIT
// Each daemon does its work through an RPC that makes mistakes, and on a chain that is reorganised meanwhile; it ends as on
// a chain where nothing happens.
import { expect } from "chai";

import { ensureCircuit } from "../../src/zkml/index.ts";
import { FAULTS, startFaultProxy } from "../support/fault-proxy.ts";
import { markBranchPoint } from "../support/reorg.ts";
import { inferenceScene } from "./crash/inference.ts";
import type { Daemon } from "./crash/child.ts";
import { actionsOf } from "./crash/stage.ts";
import { makeSteadyWorld } from "./crash/steady-world.ts";
import { liveInTrouble, type Scene } from "./crash/sweep.ts";
import { verificationScene } from "./crash/verification.ts";
import type { World } from "./world.ts";

const SEED = 7;
const RATES = {
  drop: 0.05,
  delay: 0.1,
  duplicate: 0.1,
  truncate: 0.05,
  rateLimit: 0.05,
  staleHead: 0.05,
  missingLogs: 0.1,
};
const DEPTHS = [1, 3, 64];
const TIMEOUT = 600_000;

describe("a daemon in a world that fails", () => {
  const ends: (() => unknown)[] = [];
  before(async function () {
    this.timeout(TIMEOUT);
    await ensureCircuit({ circuit: "digits" });
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const trouble = async (
    makeScene: (world: World, rpcUrl: string) => Promise<Scene>,
  ): Promise<void> => {
    const world = await makeSteadyWorld();
    ends.push(() => world.close());
    const { chain, rpcUrl: target } = world;
    const { url, setRates, counts, close } = await startFaultProxy({
      target,
      seed: SEED,
      delayMs: 20,
      retryAfterSeconds: 0,
    });
    ends.push(close);
    const scene = await makeScene(world, url);
    const reorganise = async (life: Daemon): Promise<void> => {
      for (const depth of DEPTHS) {
        const branch = await markBranchPoint(chain);
        // What the daemon does, and sees, is on the blocks that go.
        await scene.stage.until(life, "an action", async () => {
          const done = await actionsOf(world, scene.stage.account.address, branch.number);
          return done.actions.length > 0 ? true : undefined;
        });
        while ((await chain.getBlockNumber()) < branch.number + BigInt(depth))
          await chain.mine({ blocks: 1 });
        await scene.stage.untilFollowed(life);
        expect(await branch.replace(), "depth").to.be.at.least(depth);
      }
    };
    await liveInTrouble(scene, {
      begin: () => setRates(RATES),
      between: reorganise,
      end: () => setRates({}),
    });
    const done = FAULTS.filter((fault) => counts[fault] > 0);
    expect(done, `faults of the ${scene.name} node`).to.include.members(Object.keys(RATES));
  };

  it("behavior: the same end through faults of the RPC and reorganisations, whatever its role", async function () {
    this.timeout(TIMEOUT);
    // At the same time, each on a chain of its own: they mostly wait.
    await Promise.all([trouble(inferenceScene), trouble(verificationScene)]);
  });
});
