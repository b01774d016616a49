// SPDX-License-Identifier: MIT
// What the tests of the ledger share, however many sequences they play.
import { expect } from "chai";

import { type Campaign, createCampaign } from "./campaign.ts";

const START_MS = 300_000;

/** Starts a campaign before the tests of a suite, and ends it after them; it is there while they run. */
export function useCampaign(): () => Campaign {
  let campaign: Campaign | undefined;
  before(async function () {
    this.timeout(START_MS);
    campaign = await createCampaign();
  });
  after(async () => {
    await campaign?.world.close();
  });
  return () => {
    if (campaign === undefined) throw new RangeError("no test runs");
    return campaign;
  };
}

/** Plays the sequences of these seeds, both included: model and contracts agree after every command. */
export async function expectAgreement({ run }: Campaign, from: number, to: number): Promise<void> {
  const difference = await run(from, to);
  expect(difference, difference).to.equal(undefined);
}
