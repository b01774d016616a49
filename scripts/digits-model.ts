// SPDX-License-Identifier: MIT
import { parseEther, zeroHash, type Address, type Hex } from "viem";

import { Evidence, toEvidenceSet } from "../src/protocol/evidence.ts";
import type { Model } from "../src/protocol/model.ts";

/** What varies between registrations of the digit model. */
export interface DigitsModelParameters {
  publisher: Address;
  weights: Hex;
  /** Zero where the development key is refused; the ZKML path is then left out. */
  verifyingKeyId: Hex;
}

/** The registered version of the digit classifier: one unit per inference, 50 tokens bond, at most 1,000 declared. */
export function digitsModel({ publisher, weights, verifyingKeyId }: DigitsModelParameters): Model {
  const hasCircuit = verifyingKeyId !== zeroHash;
  return {
    publisher,
    paths: toEvidenceSet([Evidence.VANILLA, Evidence.TEE, ...(hasCircuit ? [Evidence.ZKML] : [])]),
    unitsPerInference: 1,
    teeWindow: 0,
    bond: parseEther("50"),
    valueCap: parseEther("1000"),
    weightsCommitment: weights,
    verifyingKeyId,
    previousVersion: zeroHash,
    uri: "models/digits/model.json",
  };
}
