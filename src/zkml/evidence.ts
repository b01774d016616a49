// SPDX-License-Identifier: MIT
import {
  bytesToHex,
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  hexToBigInt,
  hexToBytes,
  size,
  slice,
} from "viem";

import { EvidenceFormatError } from "./errors.ts";
import { decodeProof, encodeProof, type Groth16Proof, type ProofWords } from "./groth16-proof.ts";

const PROOF_TYPES = [{ type: "uint256[8]", name: "proof" }] as const;
const EVIDENCE_TYPES = [...PROOF_TYPES, { type: "bytes", name: "output" }] as const;

/** What ZKML evidence consists of: a proof, and the output whose digest the result committed to. */
export interface ZkmlEvidence {
  proof: Groth16Proof;
  output: Uint8Array;
}

/** Evidence for the chain: `abi.encode(uint256[8] proof, bytes output)`. */
export function encodeZkmlEvidence({ proof, output }: ZkmlEvidence): Hex {
  return encodeAbiParameters(EVIDENCE_TYPES, [encodeProof(proof), bytesToHex(output)]);
}

/** Of evidence: the proof, where the output is, and how long it is. */
const [PROOF_BYTES, HEAD_BYTES, OUTPUT_BYTES] = [0x100, 0x120, 0x140];

/**
 * The inverse of {@link encodeZkmlEvidence}; takes what the contract takes, which reads the output where the encoder puts it.
 *
 * @throws {EvidenceFormatError} when the bytes do not decode.
 */
export function decodeZkmlEvidence(evidence: Hex): ZkmlEvidence & { words: ProofWords } {
  const end = size(evidence);
  const wordAt = (start: number): bigint => hexToBigInt(slice(evidence, start, start + 32));
  const isWhole =
    end >= OUTPUT_BYTES &&
    wordAt(PROOF_BYTES) === BigInt(HEAD_BYTES) &&
    wordAt(HEAD_BYTES) <= BigInt(end - OUTPUT_BYTES);
  if (!isWhole) throw new EvidenceFormatError("it is not abi.encode(uint256[8], bytes)");
  const length = Number(wordAt(HEAD_BYTES));
  const [words] = decodeAbiParameters(PROOF_TYPES, slice(evidence, 0, PROOF_BYTES));
  const output = hexToBytes(evidence).slice(OUTPUT_BYTES, OUTPUT_BYTES + length);
  return { proof: decodeProof(words), output, words };
}
