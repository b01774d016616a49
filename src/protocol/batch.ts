// SPDX-License-Identifier: MIT
import {
  type AbiParameterToPrimitiveType,
  type Address,
  encodeAbiParameters,
  keccak256,
  type ParseAbiParameters,
  parseAbiParameters,
  type TypedDataDomain,
} from "viem";

import { type Hex32, type RequestId, ZERO_HEX32 } from "./ids.ts";

/** The batch settler's EIP-712 domain: what is signed for a batch is no order, and no order is a part of a batch. */
export interface BatchDomain extends TypedDataDomain {
  name: "Assay batches";
  version: "1";
  chainId: number;
  verifyingContract: Address;
}

/**
 * The domain of one batch settler.
 *
 * @example
 * const domain = batchDomain({ chainId: 31337, settler: deployment.batchSettler });
 */
export function batchDomain(parameters: { chainId: number; settler: Address }): BatchDomain {
  const { chainId, settler } = parameters;
  return { name: "Assay batches", version: "1", chainId, verifyingContract: settler };
}

/** What a client signs for one request of a batch: pass it to viem's `signTypedData`. */
export function batchRequestTypedData(
  domain: BatchDomain,
  message: { requestId: RequestId; index: number },
) {
  const types = {
    BatchRequest: [
      { name: "requestId", type: "bytes32" },
      { name: "index", type: "uint40" },
    ],
  } as const;
  return { domain, types, primaryType: "BatchRequest", message } as const;
}

/** What a client signs to allow charges up to `maxCharge` for the first `count` requests of its channel. */
export function voucherTypedData(
  domain: BatchDomain,
  message: { client: Address; node: Address; count: number; maxCharge: bigint },
) {
  const types = {
    Voucher: [
      { name: "client", type: "address" },
      { name: "node", type: "address" },
      { name: "count", type: "uint40" },
      { name: "maxCharge", type: "uint88" },
    ],
  } as const;
  return { domain, types, primaryType: "Voucher", message } as const;
}

/** What a drawn verification node signs over a batch whose receipts it holds and has checked. */
export function countersignatureTypedData(domain: BatchDomain, batchId: Hex32) {
  const types = { Countersignature: [{ name: "batchId", type: "bytes32" }] } as const;
  return { domain, types, primaryType: "Countersignature", message: { batchId } } as const;
}

const RECEIPT = parseAbiParameters([
  "Receipt receipt",
  "struct Receipt { Request request; uint40 index; bytes32 r; bytes32 vs; bytes32 outputCommitment; uint40 units; uint8 kind; bytes evidence; Totals totals; }",
  "struct Request { address client; address node; bytes32 modelId; bytes32 inputCommitment; bytes32 dataCommitment; address dataNode; uint8 requiredEvidence; uint128 maxFee; uint128 unitPrice; uint128 declaredValue; uint40 deliverBy; uint40 proveBy; uint40 refundAfter; address consumer; uint32 callbackGas; uint64 nonce; }",
  "struct Totals { uint80 charge; uint80 provenCharge; uint80 provenValue; uint80 claimBond; }",
]);
const HEADER = parseAbiParameters([
  "Header header",
  "struct Header { address node; bytes32 modelId; address dataNode; bytes32 root; bytes32 partsRoot; uint40 count; uint80 charge; uint80 refusedCharge; uint80 provenCharge; uint80 provenValue; uint80 claimBond; uint40 postedAt; uint40 drawBlock; }",
]);

const PART = parseAbiParameters([
  "Part part",
  "struct Part { address client; address signer; uint40 fromCount; uint40 toCount; uint88 fromCharge; uint88 toCharge; uint40 start; uint80 charge; }",
]);

/** All there is about a request that was settled in a batch; mirrors `struct Receipt` of contracts/types/Receipt.sol. */
export type BatchReceipt = AbiParameterToPrimitiveType<(typeof RECEIPT)[0]>;

/** A posted batch; mirrors `struct Header` of contracts/types/Batch.sol. */
export type BatchHeader = AbiParameterToPrimitiveType<(typeof HEADER)[0]>;

/** A voucher's place in its batch; mirrors `struct Part` of contracts/types/Batch.sol. */
export type BatchPart = AbiParameterToPrimitiveType<(typeof PART)[0]>;

/** The leaf of a part: `merkleRoot` and `merkleProof` make a batch's tree of parts. */
export function hashPart(part: BatchPart): Hex32 {
  return keccak256(encodeAbiParameters(PART, [part]));
}

/** The leaf of a receipt. */
export function hashReceipt(receipt: BatchReceipt): Hex32 {
  return keccak256(encodeAbiParameters(RECEIPT, [receipt]));
}

/** A batch's id. */
export function hashBatch(header: BatchHeader): Hex32 {
  return keccak256(encodeAbiParameters(HEADER, [header]));
}

const PAIR: ParseAbiParameters<"bytes32, bytes32"> = parseAbiParameters("bytes32, bytes32");

/** Every level of a batch's tree from the leaves up, which zeros fill to a power of two: a leaf's position is its side at each. */
function levelsOf(leaves: readonly Hex32[]): Hex32[][] {
  if (leaves.length === 0) throw new RangeError("a batch has a receipt at least");
  let level: Hex32[] = [...leaves];
  while (!Number.isInteger(Math.log2(level.length))) level.push(ZERO_HEX32);
  const levels = [level];
  while (level.length > 1) {
    const below = level;
    level = below
      .filter((_, place) => place % 2 === 0)
      .map((left, pair) =>
        keccak256(encodeAbiParameters(PAIR, [left, below[2 * pair + 1] as Hex32])),
      );
    levels.push(level);
  }
  return levels;
}

/** Root of a batch whose receipts have these leaves, in their order. */
export function batchRoot(leaves: readonly Hex32[]): Hex32 {
  return levelsOf(leaves).at(-1)?.[0] as Hex32;
}

/** For each receipt, what leads from its leaf to the batch's root. */
export function batchProofs(leaves: readonly Hex32[]): Hex32[][] {
  const levels = levelsOf(leaves).slice(0, -1);
  return leaves.map((_, position) =>
    levels.map((level, height) => level[(position >> height) ^ 1] as Hex32),
  );
}
