// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { differences } from "../../scripts/bench/files.ts";
import { measureFlows } from "../../scripts/bench/gas/measure.ts";
import { toFiles } from "../../scripts/bench/gas/page.ts";
import { type Breakdown, breakDown, toTable } from "../../scripts/bench/gas/trace.ts";
import type { Figures } from "../../scripts/bench/types.ts";

const PAIRING_GAS = 45_000 + 4 * 34_000;
/** Of a multiplication and an addition. */
const SIGNAL_GAS = 6_000 + 150;
/** Of the precompiles: one for the pairing, two for each signal. */
const CALLS = 7;
const WARM_CALL_GAS = 100;
const TRACED = "direct.zkml: fulfil";

describe("npm run bench -- gas", () => {
  let figures: Figures = {};
  let breakdown: Breakdown = {};
  before(async function () {
    this.timeout(600_000);
    figures = await measureFlows({
      log: () => {},
      inspect: async (world, name, hash) => {
        if (name === TRACED) breakdown = await breakDown(world, hash);
      },
    });
  });

  it("default: docs/gas.json, its chart and its page show what is measured", async () => {
    const found = await differences(await toFiles(figures));
    const message = "`npm run bench -- gas --write` accepts these; say why in the commit";
    expect(found, message).to.deep.equal([]);
  });

  it("behavior: one flat object of numbers, a total for several transactions", () => {
    for (const [name, gas] of Object.entries(figures)) expect(gas, name).to.be.a("number").above(0);
    for (const path of ["tee", "zkml"]) {
      const { [`direct.${path}.open`]: open, [`direct.${path}.fulfil`]: fulfil } = figures;
      const total = Number(open) + Number(fulfil);
      expect(figures[`direct.${path}.total`], `${path}: both transactions`).to.equal(total);
    }
  });

  it("behavior: what a transaction used, by contract and by what it went for", () => {
    const used = Object.values(breakdown)
      .flatMap((shares) => Object.values(shares))
      .reduce((sum, gas) => sum + gas, 0);
    expect(used, "all parts together").to.equal(figures["direct.zkml.fulfil"]);
    expect(breakdown["outside"]?.transaction, "of the transaction itself").to.equal(21_000);
    const { precompiles } = breakdown["ZkmlEvidence"] ?? {};
    expect(precompiles, "of a pairing and three signals").to.equal(
      PAIRING_GAS + 3 * SIGNAL_GAS + CALLS * WARM_CALL_GAS,
    );
    expect(toTable(TRACED, breakdown).at(-1), "the last row is the sum of all").to.match(
      new RegExp(`^all .* ${used.toLocaleString("en")}$`),
    );
  });
});
