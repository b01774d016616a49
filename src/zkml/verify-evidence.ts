// SPDX-License-Identifier: MIT
import { hexToBigInt, isHex, type Hex } from "viem";

import { commitOutput } from "../protocol/typed-data.ts";
import { FIELD_ORDER, isCanonicalOutput, outputSignals } from "./commitment.ts";
import { EvidenceFormatError } from "./errors.ts";
import { decodeZkmlEvidence } from "./evidence.ts";
import type { PublicSignals } from "./groth16-proof.ts";
import { assertPhase2, type VerifyingKey } from "./verifying-key.ts";

/** Why evidence does not prove a result. */
export type ZkmlRefusal =
  /** The bytes are not `abi.encode(uint256[8], bytes)`. */
  | "malformed-evidence"
  /** The output is not the one that the result committed to. */
  | "output-mismatch"
  /** The output is empty, or its last chunk has leading zeros: one proof would stand for several. */
  | "output-not-canonical"
  /** The input commitment or the binding is not a field element. */
  | "signal-out-of-range"
  /** The proof does not verify for these signals. */
  | "proof-rejected";

/** The verdict on a piece of ZKML evidence. */
export type ZkmlVerdict =
  | { valid: true; output: Uint8Array; signals: PublicSignals }
  | { valid: false; reason: ZkmlRefusal };

export interface VerifyZkmlEvidenceParameters {
  verifyingKey: VerifyingKey;
  /** From the request. */
  inputCommitment: Hex;
  /** From the result: keccak256 of the output. */
  outputCommitment: Hex;
  /** From the result's EIP-712 digest, see {@link resultBinding}. */
  binding: bigint;
  evidence: Hex;
}

export type VerifyZkmlEvidenceReturnType = Promise<ZkmlVerdict>;

function refuse(reason: ZkmlRefusal): ZkmlVerdict {
  return { valid: false, reason };
}

function decode(evidence: Hex) {
  try {
    return decodeZkmlEvidence(evidence);
  } catch (error) {
    if (error instanceof EvidenceFormatError) return undefined;
    throw error;
  }
}

/**
 * Verifies ZKML evidence off chain, with the same verdict as the contract.
 *
 * @example
 * const verdict = await verifyZkmlEvidence({
 *   verifyingKey: await loadVerifyingKey("digits"),
 *   inputCommitment, outputCommitment, binding: resultBinding(resultDigest), evidence,
 * });
 * if (!verdict.valid) console.error(verdict.reason);
 *
 * @throws {MissingPhase2Error} when the key itself is worthless: then no evidence means anything.
 */
export async function verifyZkmlEvidence(
  parameters: VerifyZkmlEvidenceParameters,
): VerifyZkmlEvidenceReturnType {
  const { verifyingKey, inputCommitment, outputCommitment, binding, evidence } = parameters;
  assertPhase2(verifyingKey);

  const decoded = isHex(evidence) ? decode(evidence) : undefined;
  if (decoded === undefined) return refuse("malformed-evidence");
  const { proof, output } = decoded;
  if (commitOutput(output) !== outputCommitment.toLowerCase()) return refuse("output-mismatch");
  if (!isCanonicalOutput(output)) return refuse("output-not-canonical");

  const signals: PublicSignals = [hexToBigInt(inputCommitment), ...outputSignals(output), binding];
  if (signals.some((signal) => signal < 0n || signal >= FIELD_ORDER)) {
    return refuse("signal-out-of-range");
  }
  // snarkjs is heavy: it is loaded when the first proof is verified, not when the package is.
  const { verifyGroth16 } = await import("./groth16.ts");
  if (!(await verifyGroth16(verifyingKey, signals, proof))) return refuse("proof-rejected");
  return { valid: true, output, signals };
}
