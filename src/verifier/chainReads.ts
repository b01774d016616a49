// SPDX-License-Identifier: MIT
import {
  type Block,
  BlockNotFoundError,
  type Client,
  type Hex,
  type Transaction,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from "viem";
import { getBlock, getBlockNumber, getTransaction, getTransactionReceipt } from "viem/actions";

import { withCallErrors } from "../client/revert.ts";
import { ChainItemMissingError } from "./errors.ts";

type NotFoundClass = abstract new (...args: never[]) => Error;

async function found<T>(method: string, what: string, missing: NotFoundClass, call: Promise<T>) {
  const answer = call.catch((error: unknown) => {
    throw error instanceof missing ? new ChainItemMissingError(what) : error;
  });
  return withCallErrors(method, answer);
}

/** Number of the newest block, not from viem's cache. */
export function readLatestBlockNumber(client: Client): Promise<bigint> {
  return withCallErrors("eth_blockNumber", getBlockNumber(client, { cacheTime: 0 }));
}

/** The canonical block of this number. */
export function readBlock(client: Client, blockNumber: bigint): Promise<Block> {
  const call = getBlock(client, { blockNumber });
  return found("eth_getBlockByNumber", `block ${blockNumber}`, BlockNotFoundError, call);
}

/** A mined or pending transaction. */
export function readTransaction(client: Client, hash: Hex): Promise<Transaction> {
  const call = getTransaction(client, { hash });
  return found("eth_getTransactionByHash", `transaction ${hash}`, TransactionNotFoundError, call);
}

/** The outcome of a mined transaction. */
export function readTransactionReceipt(client: Client, hash: Hex): Promise<TransactionReceipt> {
  const call = getTransactionReceipt(client, { hash });
  const what = `mined transaction ${hash}`;
  return found("eth_getTransactionReceipt", what, TransactionReceiptNotFoundError, call);
}
