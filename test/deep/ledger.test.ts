// SPDX-License-Identifier: MIT
// As test/reference/ledger.test.ts, with other seeds and ten times as many. Where it got is kept in .assay/ledger.json,
// and the next run goes on from there; ASSAY_SEEDS=from-to plays those instead.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";

import { CALLS } from "../reference/generator.ts";
import { expectAgreement, useCampaign } from "../reference/suite.ts";

const RESULTS = ".assay/ledger.json";
/** The first seed that `npm test` does not play. */
const FIRST = 1_001;
const SEQUENCES = 10_000;
const STEP = 500;
const HOURS_MS = 6 * 3_600_000;

describe("the ledger and its reference model, at length", () => {
  const campaign = useCampaign();

  it("agree after every command", async function () {
    this.timeout(HOURS_MS);
    const { tally } = campaign();
    const { from, to } = seeds();
    for (let seed = from; seed <= to; seed += STEP) {
      const last = Math.min(seed + STEP - 1, to);
      await expectAgreement(campaign(), seed, last);
      process.stdout.write(`    seeds to ${last}: ${tally.commands} commands agree\n`);
      if (process.env["ASSAY_SEEDS"] === undefined) keep(last === to ? FIRST : last + 1);
    }
    for (const call of to - from < STEP ? [] : CALLS)
      expect(tally.accepted.get(call) ?? 0, `${call} carried out`).to.be.greaterThan(0);
    expect(tally.sequences, "sequences").to.equal(to - from + 1);
  });
});

function seeds(): { from: number; to: number } {
  const [from, to] = process.env["ASSAY_SEEDS"]?.split("-").map(Number) ?? [];
  if (from !== undefined && to !== undefined) return { from, to };
  const next = existsSync(RESULTS) ? Number(JSON.parse(readFileSync(RESULTS, "utf8")).next) : FIRST;
  return { from: next, to: FIRST + SEQUENCES - 1 };
}

function keep(next: number): void {
  mkdirSync(".assay", { recursive: true });
  writeFileSync(RESULTS, JSON.stringify({ next }));
}
