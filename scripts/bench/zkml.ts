// SPDX-License-Identifier: MIT
import { stat } from "node:fs/promises";

import {
  createProver,
  encodeZkmlEvidence,
  ensureCircuit,
  runModel,
  verifyZkmlEvidence,
  commitInput,
  commitOutput,
} from "../../src/zkml/index.ts";
import type { Measure } from "./types.ts";

/** Proofs that are measured, after one that warms the process up. */
const ROUNDS = 15;
const INFERENCES = 1_000;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}

/** A different digit-like input each round, inside the domain. */
function inputOf(round: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 7 + round * 3) % 17);
}

/**
 * The digits model: its circuit, one warm single-core prover, the runtime and the off-chain
 * verifier.
 */
export const measure: Measure = async (log) => {
  const circuit = await ensureCircuit({ circuit: "digits", log });
  const { model, verifyingKey } = circuit;
  const prover = await createProver({ circuit });
  const witness: number[] = [];
  const prove: number[] = [];
  const verify: number[] = [];
  let peakBytes = 0;

  for (let round = 0; round <= ROUNDS; round++) {
    const input = inputOf(round, model.input.length);
    const binding = BigInt(round);
    const { proof, output, metrics } = await prover.prove({ input, binding });
    const started = performance.now();
    const verdict = await verifyZkmlEvidence({
      verifyingKey,
      inputCommitment: commitInput(model, input),
      outputCommitment: commitOutput(output),
      binding,
      evidence: encodeZkmlEvidence({ proof, output }),
    });
    if (!verdict.valid) log(`round ${round}: ${verdict.reason}`);
    peakBytes = Math.max(peakBytes, metrics.peakBytes);
    if (round === 0) continue;
    witness.push(metrics.witnessMs);
    prove.push(metrics.proveMs);
    verify.push(performance.now() - started);
  }
  await prover.close();

  const started = performance.now();
  for (let round = 0; round < INFERENCES; round++) {
    runModel(model, inputOf(round, model.input.length));
  }
  const inferenceMs = (performance.now() - started) / INFERENCES;

  return {
    digits: {
      constraints: circuit.constraints,
      zkeyBytes: (await stat(circuit.zkeyPath)).size,
      inferenceMs: rounded(inferenceMs, 3),
      witnessMs: rounded(median(witness)),
      proveMs: rounded(median(prove)),
      verifyMs: rounded(median(verify)),
      peakMB: rounded(peakBytes / 2 ** 20),
      accuracy: model.accuracy,
    },
  };
};
