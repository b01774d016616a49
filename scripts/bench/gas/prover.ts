// SPDX-License-Identifier: MIT
import { readFile } from "node:fs/promises";

import { type Hex, hexToBytes } from "viem";

import {
  commitInput,
  type ContractVerifyingKey,
  createProver,
  encodeZkmlEvidence,
  ensureCircuit,
  loadDigitImage,
  toContractVerifyingKey,
} from "../../../src/zkml/index.ts";
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
/** A third of all proofs will do: so many fail once in 10^17 times. */
const MAX_ATTEMPTS = 100;

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
        const evidence = encodeZkmlEvidence(await prover.prove({ input, binding }));
        if (!hasZero(evidence)) return evidence;
      }
      throw new RangeError(`no proof without a zero byte in ${MAX_ATTEMPTS} attempts`);
    },
    close: () => prover.close(),
  };
}

const hasZero = (evidence: Hex): boolean =>
  hexToBytes(evidence).subarray(0, PROOF_BYTES).includes(0);
