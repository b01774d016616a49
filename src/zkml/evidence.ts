// SPDX-License-Identifier: MIT
import { bytesToHex, decodeAbiParameters, encodeAbiParameters, hexToBytes, type Hex } from "viem";

import { EvidenceFormatError } from "./errors.ts";
import { decodeProof, encodeProof, type Groth16Proof, type ProofWords } from "./groth16-proof.ts";

const EVIDENCE_TYPES = [
  { type: "uint256[8]", name: "proof" },
  { type: "bytes", name: "output" },
] as const;

/** What ZKML evidence consists of: a proof, and the output whose digest the result committed to. */
export interface ZkmlEvidence {
  proof: Groth16Proof;
  output: Uint8Array;
}

/** Evidence for the chain: `abi.encode(uint256[8] proof, bytes output)`. */
export function encodeZkmlEvidence({ proof, output }: ZkmlEvidence): Hex {
  return encodeAbiParameters(EVIDENCE_TYPES, [encodeProof(proof), bytesToHex(output)]);
}

/**
 * The inverse of {@link encodeZkmlEvidence}.
 *
 * @throws {EvidenceFormatError} when the bytes do not decode.
 */
export function decodeZkmlEvidence(evidence: Hex): ZkmlEvidence & { words: ProofWords } {
  try {
    const [words, output] = decodeAbiParameters(EVIDENCE_TYPES, evidence);
    return { proof: decodeProof(words), output: hexToBytes(output), words };
  } catch (cause) {
    throw new EvidenceFormatError("it is not abi.encode(uint256[8], bytes)", cause);
  }
}
