// SPDX-License-Identifier: MIT
// The soak of test/deep/soak.test.ts, with 200 requests.
import { ensureCircuit } from "../../src/zkml/index.ts";
import { soak } from "./soak/soak.ts";

const SEED = 1;
const REQUESTS = 200;
const KILL_EVERY = 50;
const PATIENCE_MS = 300_000;
const TIMEOUT = 1_800_000;

const print = (line: string): void => void process.stdout.write(`    ${line}\n`);

describe("a soak of 200 requests", () => {
  before(async function () {
    this.timeout(TIMEOUT);
    await ensureCircuit({ circuit: "digits" });
  });

  it("behavior: loses nothing and pays nothing twice", async function () {
    this.timeout(TIMEOUT);
    const seed = Number(process.env["ASSAY_SEED"] ?? SEED);
    const logs = process.env["ASSAY_LOGS"];
    const options = { seed, requests: REQUESTS, killEvery: KILL_EVERY, patienceMs: PATIENCE_MS };
    await soak({ ...options, print, ...(logs !== undefined && { logs }) });
  });
});
