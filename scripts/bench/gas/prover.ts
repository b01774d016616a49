// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";

import { type Hex, hexToBytes } from "viem";

import {
  commitInput,
  type ContractVerifyingKey,
  createProver,
  encodeZkmlEvidence,
  ensureCircuit,
  FIELD_ORDER,
  type Groth16Proof,
  loadDigitImage,
  toContractVerifyingKey,
} from "../../../src/zkml/index.ts";
import { singleThreadCurve } from "../../../src/zkml/groth16.ts";
import type { Log } from "../types.ts";

/** Makes the evidence of the model with a circuit. */
export interface WorldProver {
  /** That its proofs verify under. */
  key: ContractVerifyingKey;
  inputCommitment: Hex;
  /** Evidence that the circuit maps the input to the world's output. */
  prove(binding: bigint): Promise<Hex>;
}

/** The model reads it as 7, the world's output. */
const IMAGE = new URL("../../../models/digits/samples/7.png", import.meta.url);
/** Of the digit circuit's proof: eight words. */
const PROOF_BYTES = 256;
/** Three quarters of all proofs will do, with one of so many forms: so many fail once in 10^19 times. */
const MAX_ATTEMPTS = 30;
const MAX_FORMS = 10;
/** One half in the field of scalars. */
const HALF = (FIELD_ORDER + 1n) / 2n;

/** snarkjs' proofs of the digit circuit. */
export async function createDigitProver(
  log: Log,
): Promise<WorldProver & { close(): Promise<void> }> {
  const circuit = await ensureCircuit({ circuit: "digits", log });
  const input = loadDigitImage(await readFile(IMAGE));
  const prover = await createProver({ circuit, workers: 1 });
  return {
    key: toContractVerifyingKey(circuit.verifyingKey),
    inputCommitment: commitInput(circuit.model, input),
    // Proofs are random, and each zero byte of one is 12 gas less: one without them costs the most, and always the same.
    prove: async (binding) => {
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; ++attempt) {
        let { proof, output } = await prover.prove({ input, binding });
        for (let form = 1; form <= MAX_FORMS; ++form) {
          const evidence = encodeZkmlEvidence({ proof, output });
          if (!hasZero(evidence)) return evidence;
          proof = await otherFormOf(proof);
        }
      }
      throw new RangeError(`no proof without a zero byte in ${MAX_ATTEMPTS} attempts`);
    },
    close: () => prover.close(),
  };
}

/** Proves the same at once: (A / 2, 2 B, C) satisfies the same equation. */
async function otherFormOf(proof: Groth16Proof): Promise<Groth16Proof> {
  const { G1, G2 } = await singleThreadCurve();
  const a = G1.timesScalar(G1.fromObject(proof.pi_a.map(BigInt)), HALF);
  const b = G2.timesScalar(G2.fromObject(proof.pi_b.map((pair) => pair.map(BigInt))), 2n);
  return {
    ...proof,
    pi_a: G1.toObject(G1.toAffine(a)).map(String),
    pi_b: (G2.toObject(G2.toAffine(b)) as bigint[][]).map((pair) => pair.map(String)),
  };
}

const hasZero = (evidence: Hex): boolean =>
  hexToBytes(evidence).subarray(0, PROOF_BYTES).includes(0);
