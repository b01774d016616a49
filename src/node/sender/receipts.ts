// SPDX-License-Identifier: MIT
/** Receipts that are whole and on the chain; anything else counts as none, and is asked for again. */
import {
  type Hex,
  hexToBytes,
  keccak256,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from "viem";
import { getTransactionReceipt } from "viem/actions";

import { RpcFailedError } from "../../client/errors.ts";
import { toCallError } from "../../client/revert.ts";
import type { ChainClient } from "../chain.ts";

/** The hash of the chain's block of a number; undefined if there is none. */
export type BlockHashes = (number: bigint) => Promise<Hex | undefined>;

/** The receipt of the first of these transactions that is on the chain. */
export async function findReceipt(
  client: ChainClient,
  hashes: readonly Hex[],
  blockHashes: BlockHashes,
): Promise<TransactionReceipt | undefined> {
  for (const hash of hashes) {
    const receipt = await readReceipt(client, hash);
    if (receipt === undefined) continue;
    if ((await blockHashes(receipt.blockNumber)) === receipt.blockHash) return receipt;
  }
  return undefined;
}

async function readReceipt(
  client: ChainClient,
  hash: Hex,
): Promise<TransactionReceipt | undefined> {
  let receipt: TransactionReceipt;
  try {
    receipt = await getTransactionReceipt(client, { hash });
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return undefined;
    throw toCallError("eth_getTransactionReceipt", error);
  }
  if (!isWhole(receipt, hash)) {
    throw new RpcFailedError("eth_getTransactionReceipt", "The receipt is incomplete.", undefined);
  }
  return receipt;
}

/** Whether an RPC gave all that a receipt has. Its filter says what the logs must hold. */
function isWhole(receipt: TransactionReceipt, hash: Hex): boolean {
  const { transactionHash, blockHash, blockNumber, status, logs, logsBloom } = receipt;
  if (transactionHash !== hash || typeof blockHash !== "string") return false;
  if (typeof blockNumber !== "bigint" || !Array.isArray(logs)) return false;
  if (status !== "success" && status !== "reverted") return false;
  if (typeof logsBloom !== "string" || logsBloom.length % 2 !== 0) return false;
  const seen = new Set<number>();
  for (const { address, topics } of logs) {
    for (const value of [address, ...topics]) for (const bit of bloomBits(value)) seen.add(bit);
  }
  return hexToBytes(logsBloom).every((byte, index) => isCovered(byte, 255 - index, seen));
}

/** The three bits of an address or topic, the lowest of the filter being 0. */
function bloomBits(value: Hex): number[] {
  const digest = hexToBytes(keccak256(value));
  return [0, 2, 4].map((at) => (((digest[at] ?? 0) << 8) | (digest[at + 1] ?? 0)) & 2_047);
}

function isCovered(byte: number, place: number, seen: ReadonlySet<number>): boolean {
  for (let bit = 0; bit < 8; bit += 1) {
    if (((byte >> bit) & 1) === 1 && !seen.has(place * 8 + bit)) return false;
  }
  return true;
}
