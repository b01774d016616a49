// SPDX-License-Identifier: MIT
import type { Address, Hex } from "viem";

import type { BatchHeader, BatchPart, BatchPlace, BatchReceipt, BatchTotals } from "./batch.ts";
import { Evidence } from "./evidence.ts";
import type { Hex32, RequestId } from "./ids.ts";
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
import { RECEIPT_MAX_CHARS, type Settlement } from "./receipt.ts";
import { readRequest } from "./request-json.ts";

/** Levels of the highest tree: positions have 40 bits. */
const PROOF_MAX = 40;

/**
 * The self-contained record of a request that was settled in a batch. Whoever holds it can re-verify the client's signature,
 * output, evidence and place in the batch; what the chain says needs any node of that chain.
 */
export interface BatchReceiptDocument {
  version: 1;
  chainId: number;
  market: Address;
  settler: Address;
  requestId: RequestId;
  batchId: Hex32;
  header: BatchHeader;
  /** Of the voucher that the position belongs to. */
  place: BatchPlace;
  position: number;
  receipt: BatchReceipt;
  /** What leads from the receipt's leaf to the header's root. */
  siblings: Hex32[];
  /** The output bytes. */
  output: Hex;
  /** The node's EIP-712 signature over the result, 65 bytes. */
  resultSignature: Hex;
  /** The transaction that posted the batch. */
  postedIn: Settlement;
}

const readTotals = objectOf<BatchTotals>({
  charge: bigUint(80),
  provenCharge: bigUint(80),
  provenValue: bigUint(80),
  claimBond: bigUint(80),
});

/** Reads a batch's receipt from parsed JSON. */
export const readBatchReceipt = objectOf<BatchReceipt>({
  request: readRequest,
  index: uint(40),
  r: hexBytes(32),
  vs: hexBytes(32),
  outputCommitment: hexBytes(32),
  units: uint(40),
  kind: oneOf(Object.values(Evidence)),
  evidence: hexBytes(),
  totals: readTotals,
});

/** Reads a batch's header from parsed JSON. */
export const readBatchHeader = objectOf<BatchHeader>({
  node: address,
  modelId: hexBytes(32),
  dataNode: address,
  root: hexBytes(32),
  partsRoot: hexBytes(32),
  count: uint(40),
  charge: bigUint(80),
  refusedCharge: bigUint(80),
  provenCharge: bigUint(80),
  provenValue: bigUint(80),
  claimBond: bigUint(80),
  postedAt: uint(40),
  drawBlock: uint(40),
});

/** Reads a part from parsed JSON. */
export const readBatchPart = objectOf<BatchPart>({
  client: address,
  signer: address,
  fromCount: uint(40),
  toCount: uint(40),
  fromCharge: bigUint(88),
  toCharge: bigUint(88),
  start: uint(40),
  charge: bigUint(80),
});

/** Reads a batch receipt's document from parsed JSON. */
export const readBatchReceiptDocument = objectOf<BatchReceiptDocument>({
  version: oneOf([1]),
  chainId: uint(53),
  market: address,
  settler: address,
  requestId: hexBytes(32),
  batchId: hexBytes(32),
  header: readBatchHeader,
  place: objectOf<BatchReceiptDocument["place"]>({
    part: readBatchPart,
    proof: listOf(hexBytes(32), PROOF_MAX),
  }),
  position: uint(40),
  receipt: readBatchReceipt,
  siblings: listOf(hexBytes(32), PROOF_MAX),
  output: hexBytes(),
  resultSignature: hexBytes(65),
  postedIn: objectOf<Settlement>({
    transactionHash: hexBytes(32),
    blockNumber: bigUint(64),
    blockHash: hexBytes(32),
    timestamp: bigUint(64),
  }),
});

/** The document as canonical JSON: equal documents give equal bytes. */
export function serializeBatchReceipt(document: BatchReceiptDocument): string {
  return toCanonicalJson(document);
}

/**
 * Reads a batch receipt's document; throws a `BaseError` that names the path of whatever is missing, unknown or wrong.
 * It checks the form only: `assay verify` checks what it says.
 *
 * @example
 * const document = parseBatchReceipt(await readFile("receipt.json", "utf8"));
 */
export function parseBatchReceipt(text: string): BatchReceiptDocument {
  return parseJson(text, readBatchReceiptDocument, { what: "receipt", limit: RECEIPT_MAX_CHARS });
}
