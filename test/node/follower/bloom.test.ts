// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { keccak256, toHex } from "viem";

import { bloomOf, countBits, mayHave } from "../../../src/node/follower/bloom.ts";
import { addressOf } from "./model-chain.ts";

describe("bloomOf", () => {
  const address = addressOf("market");
  const topic = keccak256(toHex("topic"));

  it("default", () => {
    const bloom = bloomOf([{ address: toHex("testtest"), topics: [] }]);
    expect(countBits(bloom), "three bits at most").to.be.within(1, 3);
    expect(mayHave(bloom, toHex("testtest")), "what is in it").to.equal(true);
    expect(mayHave(bloom, toHex("testtest1")), "what is not").to.equal(false);
  });

  it("behavior: addresses and topics of all logs", () => {
    const bloom = bloomOf([{ address, topics: [topic] }]);
    for (const item of [address, topic]) expect(mayHave(bloom, item), item).to.equal(true);
    expect(mayHave(bloom, addressOf("court")), "another address").to.equal(false);
    expect(countBits(bloomOf([])), "of no logs").to.equal(0);
  });
});
