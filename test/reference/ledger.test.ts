// SPDX-License-Identifier: MIT
// Random commands against the reference model of the whole ledger and against the contracts: all amounts, all errors.
import { expect } from "chai";

import { CALLS } from "./generator.ts";
import { expectAgreement, useCampaign } from "./suite.ts";

const SEQUENCES = 1_000;
/** Fewest of each call that 1,000 sequences must carry out, and of those that must be refused. */
const LEAST_ACCEPTED = 10;
const LEAST_REFUSED = 3_000;
/** Fewest kinds of errors; which are rare changes with every change of the generator. */
const LEAST_ERRORS = 65;

describe("the ledger and its reference model", () => {
  const campaign = useCampaign();

  it("default: agree after every command", async function () {
    this.timeout(900_000);
    await expectAgreement(campaign(), 1, SEQUENCES);
  });

  it("behavior: every call was carried out, and many were refused for all kinds of reasons", () => {
    const { sequences, accepted, refused, errors } = campaign().tally;
    expect(sequences, "sequences").to.equal(SEQUENCES);
    for (const call of CALLS)
      expect(accepted.get(call) ?? 0, `${call} carried out`).to.be.least(LEAST_ACCEPTED);
    const refusals = Array.from(refused.values()).reduce((sum, count) => sum + count, 0);
    expect(refusals, "refused").to.be.least(LEAST_REFUSED);
    expect(errors.size, "kinds of errors").to.be.least(LEAST_ERRORS);
  });
});
