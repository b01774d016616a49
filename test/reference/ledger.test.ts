// SPDX-License-Identifier: MIT
// Random commands against the reference model of the whole ledger and against the contracts: all amounts, all errors.
import { expect } from "chai";

import { type Campaign, createCampaign } from "./campaign.ts";

const SEQUENCES = Number(process.env["N"] ?? 1000);

describe("the ledger and its reference model", () => {
  let campaign: Campaign | undefined;
  before(async function () {
    this.timeout(120_000);
    campaign = await createCampaign();
  });
  after(async () => {
    await campaign?.world.close();
  });

  it("default: agree after every command", async function () {
    this.timeout(900_000);
    const t = performance.now();
    const difference = await campaign?.run(1, SEQUENCES);
    console.log((performance.now() - t) / 1000, campaign?.tally);
    expect(difference, difference).to.equal(undefined);
  });
});
