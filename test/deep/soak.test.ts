// SPDX-License-Identifier: MIT
// 2,000 mixed requests to daemons that live in trouble and are killed: see docs/reliability.md. ASSAY_SOAK asks for another
// number, in chunks of 2,000 on a chain of their own; finished chunks are kept in .assay/soak.json, and are not done again.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { ensureCircuit } from "../../src/zkml/index.ts";
import { soak, type SoakResult } from "../node/soak/soak.ts";

const RESULTS = ".assay/soak.json";
const LOGS = ".assay/soak";
const CHUNK = 2_000;
const KILL_EVERY = 500;
const PATIENCE_MS = 600_000;
const DAYS_MS = 3 * 24 * 3_600_000;

const print = (line: string): void => void process.stdout.write(`    ${line}\n`);

describe("a soak", () => {
  before(async function () {
    this.timeout(300_000);
    await ensureCircuit({ circuit: "digits" });
  });

  it("behavior: loses nothing and pays nothing twice", async function () {
    this.timeout(DAYS_MS);
    const total = Number(process.env["ASSAY_SOAK"] ?? CHUNK);
    const firstSeed = Number(process.env["ASSAY_SEED"] ?? 1);
    const isLong = total > CHUNK;
    const results = isLong ? await readResults() : {};
    for (let done = 0, seed = firstSeed; done < total; done += CHUNK, seed += 1) {
      const requests = Math.min(CHUNK, total - done);
      const name = `seed ${seed}, ${requests} requests`;
      if (results[name] !== undefined) {
        print(`${name}: done before`);
        continue;
      }
      const options = { seed, requests, killEvery: KILL_EVERY, patienceMs: PATIENCE_MS };
      results[name] = await soak({ ...options, print, logs: LOGS });
      if (!isLong) continue;
      await mkdir(dirname(RESULTS), { recursive: true });
      await writeFile(RESULTS, JSON.stringify(results, undefined, 2));
    }
  });
});

async function readResults(): Promise<Record<string, SoakResult>> {
  try {
    return JSON.parse(await readFile(RESULTS, "utf8")) as Record<string, SoakResult>;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw error;
  }
}
