// SPDX-License-Identifier: MIT
import type { Address, Hex } from "viem";

import { ALL_EVIDENCE, Evidence, type EvidenceSet } from "./evidence.ts";
import type { Hex32, RequestId, VerifyingKeyId } from "./ids.ts";
import {
  address,
  bigUint,
  hexBytes,
  listOf,
  objectOf,
  oneOf,
  parseJson,
  toCanonicalJson,
  uint,
} from "./json.ts";
import type { Payout } from "./market.ts";
import type { Request, Result } from "./request.ts";
import { readRequest, readResult } from "./request-json.ts";

/** Characters of the longest receipt that is read: the output is part of it, in hex. */
export const RECEIPT_MAX_CHARS = 16 * 1024 * 1024;
/** Kinds of evidence are three, so that no receipt has more. */
const EVIDENCE_MAX = 3;

/** A piece of evidence, as it was brought on chain. */
export interface ReceiptEvidence {
  kind: Evidence;
  /** The bytes given to the market; empty for a bonded claim. */
  data: Hex;
  /** Where it was brought. */
  transactionHash: Hex32;
}

/** The transaction that made the request final. */
export interface Settlement {
  transactionHash: Hex32;
  blockNumber: bigint;
  blockHash: Hex32;
  /** Unix seconds, of the block. */
  timestamp: bigint;
}

/** What the receipt says about the model; the chain has the rest. */
export interface ReceiptModel {
  weightsCommitment: Hex32;
  verifyingKeyId: VerifyingKeyId;
  paths: EvidenceSet;
}

/**
 * The signed, self-contained record of a settled request. Whoever holds it can re-verify request id, result digest,
 * signature, output, evidence and payout; what the chain says needs any node of that chain.
 */
export interface Receipt {
  version: 1;
  chainId: number;
  market: Address;
  request: Request;
  requestId: RequestId;
  result: Result;
  /** The node's EIP-712 signature over the result, 65 bytes. */
  resultSignature: Hex;
  /** The output bytes. */
  output: Hex;
  evidence: ReceiptEvidence[];
  state: "FINAL";
  payout: Payout;
  settledAt: Settlement;
  model: ReceiptModel;
}

const readEvidence = objectOf<ReceiptEvidence>({
  kind: oneOf(Object.values(Evidence)),
  data: hexBytes(),
  transactionHash: hexBytes(32),
});

const readPayout = objectOf<Payout>({
  inference: bigUint(128),
  verification: bigUint(128),
  data: bigUint(128),
  refund: bigUint(128),
});

const readSettlement = objectOf<Settlement>({
  transactionHash: hexBytes(32),
  blockNumber: bigUint(64),
  blockHash: hexBytes(32),
  timestamp: bigUint(64),
});

const readModel = objectOf<ReceiptModel>({
  weightsCommitment: hexBytes(32),
  verifyingKeyId: hexBytes(32),
  paths: oneOf(Array.from({ length: ALL_EVIDENCE + 1 }, (_, set) => set)),
});

/** Reads a receipt from parsed JSON. */
export const readReceipt = objectOf<Receipt>({
  version: oneOf([1]),
  chainId: uint(53),
  market: address,
  request: readRequest,
  requestId: hexBytes(32),
  result: readResult,
  resultSignature: hexBytes(65),
  output: hexBytes(),
  evidence: listOf(readEvidence, EVIDENCE_MAX),
  state: oneOf(["FINAL"]),
  payout: readPayout,
  settledAt: readSettlement,
  model: readModel,
});

/** The receipt as canonical JSON: equal receipts give equal bytes. */
export function serializeReceipt(receipt: Receipt): string {
  return toCanonicalJson(receipt);
}

/**
 * Reads a receipt; throws a `BaseError` that names the path of whatever is missing, unknown or wrong.
 * It checks the form only: `assay verify` checks what the receipt says.
 *
 * @example
 * const receipt = parseReceipt(await readFile("receipt.json", "utf8"));
 */
export function parseReceipt(text: string): Receipt {
  return parseJson(text, readReceipt, { what: "receipt", limit: RECEIPT_MAX_CHARS });
}
