// SPDX-License-Identifier: MIT
// Kills each daemon before and after every statement and every RPC call of its work: see docs/reliability.md.
// ASSAY_SAMPLE tries so many labels of each phase; results are kept in .assay/crash.json, and tried labels are skipped.
import { expect } from "chai";

import { ensureCircuit } from "../../src/zkml/index.ts";
import { inferenceScene } from "../node/crash/inference.ts";
import { makeSteadyWorld } from "../node/crash/steady-world.ts";
import { prepareWork, type Scene, sweep } from "../node/crash/sweep.ts";
import { verificationScene } from "../node/crash/verification.ts";
import type { World } from "../node/world.ts";

const RESULTS = ".assay/crash.json";
const DAYS_MS = 3 * 24 * 3_600_000;
const scenes: Record<string, (world: World) => Promise<Scene>> = {
  inference: inferenceScene,
  verification: verificationScene,
};

for (const [name, makeScene] of Object.entries(scenes)) {
  describe(`a daemon that is killed: ${name}`, () => {
    let world: World | undefined;
    before(async function () {
      this.timeout(300_000);
      await ensureCircuit({ circuit: "digits" });
      world = await makeSteadyWorld();
    });
    after(async () => {
      await world?.close();
    });

    it("ends as one that was not", async function () {
      this.timeout(DAYS_MS);
      const scene = await makeScene(world as World);
      const only = process.env["ASSAY_PHASE"];
      const sample = process.env["ASSAY_SAMPLE"];
      if (only === "work") {
        await scene.stage.save();
        await prepareWork(scene);
      }
      const result = await sweep({
        scene,
        resultsFile: RESULTS,
        print: (line) => void process.stdout.write(`    ${line}\n`),
        ...(sample !== undefined && { sample: Number(sample) }),
        ...(only === "work" && { phases: ["work"] as const }),
        ...(only === "start" && { phases: ["start"] as const }),
      });
      expect(result.failures, "labels after which it ended otherwise").to.deep.equal([]);
      expect(result.killed, "kills").to.be.greaterThan(0);
    });
  });
}
