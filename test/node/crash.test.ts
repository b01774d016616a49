// SPDX-License-Identifier: MIT
// Daemons that die at a few of the labels of test/deep/crash.test.ts, one after the other in the same life.
import { expect } from "chai";

import { ensureCircuit } from "../../src/zkml/index.ts";
import { inferenceScene } from "./crash/inference.ts";
import { makeSteadyWorld } from "./crash/steady-world.ts";
import { killRepeatedly, type Scene } from "./crash/sweep.ts";
import { verificationScene } from "./crash/verification.ts";
import type { World } from "./world.ts";

const DEATHS = 4;
const TIMEOUT = 600_000;

describe("a daemon that is killed", () => {
  const ends: (() => unknown)[] = [];
  before(async function () {
    this.timeout(TIMEOUT);
    await ensureCircuit({ circuit: "digits" });
  });
  after(async () => {
    for (const end of ends.toReversed()) await end();
  });

  const kill = async (makeScene: (world: World) => Promise<Scene>): Promise<void> => {
    const world = await makeSteadyWorld();
    ends.push(() => world.close());
    const scene = await makeScene(world);
    const kills = await killRepeatedly(scene, DEATHS);
    expect(kills, `deaths of the ${scene.name} node`).to.be.at.least(DEATHS / 2);
  };

  it("behavior: ends as one that was not, whatever its role", async function () {
    this.timeout(TIMEOUT);
    // At the same time, each on a chain of its own: they mostly wait.
    await Promise.all([kill(inferenceScene), kill(verificationScene)]);
  });
});
