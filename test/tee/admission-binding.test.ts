// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { concat, keccak256, numberToHex, pad, type Hex } from "viem";

import { admissionUserData, type AdmissionBinding } from "../../src/tee/admission-binding.ts";
import { address, binding, hex32 } from "./fixtures.ts";

describe("admissionUserData", () => {
  it("default: keccak256 of the eight words", () => {
    const own = binding(address("a5"));
    const words: Hex[] = [
      numberToHex(own.chainId),
      own.registry,
      own.node,
      own.operator,
      own.payout,
      own.key,
      own.modelId,
      own.challenge,
    ];
    const encoded = concat(words.map((word) => pad(word, { size: 32 })));
    expect(admissionUserData(own), "hash").to.equal(keccak256(encoded));
  });

  it("behavior: every field counts, and none can be taken for another", () => {
    const own = binding(address("a5"));
    const changes: Partial<AdmissionBinding>[] = [
      {},
      { chainId: 1 },
      { registry: address("c1") },
      { node: address("c1") },
      { operator: address("c1") },
      { payout: address("c1") },
      { key: address("c1") },
      { modelId: hex32("c1") },
      { challenge: hex32("c1") },
      { node: own.operator, operator: own.node },
      { modelId: own.challenge, challenge: own.modelId },
    ];
    const hashes = changes.map((change) => admissionUserData({ ...own, ...change }));
    expect(new Set(hashes).size, "different hashes").to.equal(changes.length);
  });
});
