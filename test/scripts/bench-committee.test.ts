// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { keccak256, toHex } from "viem";

import { createCommittee } from "../../scripts/bench/committee.ts";

const OTHER = keccak256(toHex("what nobody signed"));
const MEMBERS = 5;

describe("npm run bench -- committee", () => {
  let committee: Awaited<ReturnType<typeof createCommittee>>;
  before(async () => {
    committee = await createCommittee(MEMBERS);
  });
  after(() => committee.close());

  it("default: five signatures one by one cost less than their aggregate", async () => {
    const [each, aggregate] = [
      await committee.verifyEach(MEMBERS),
      await committee.verifyAggregate(MEMBERS),
    ];
    expect(each, "each").to.be.below(aggregate);
  });

  it("error: signatures of something else, and an aggregate without a member's", async () => {
    expect(await reasonOf(committee.verifyEach(MEMBERS, OTHER)), "each").to.include(
      "SignatureWrong",
    );
    for (const wrong of [
      committee.verifyAggregate(MEMBERS, OTHER),
      committee.verifyAggregate(MEMBERS, undefined, MEMBERS - 1),
    ])
      expect(await reasonOf(wrong), "aggregate").to.include("AggregateWrong");
  });
});

const reasonOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "",
    (error: unknown) => String(error),
  );
