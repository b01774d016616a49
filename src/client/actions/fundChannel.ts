// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface FundChannelParameters extends BatchWriteOptions {
  node: Address;
  /** Whose signatures draw on it: the caller's own, or a key that a contract wallet names. */
  signer: Address;
  /** Token units to add; zero to move the date alone. */
  amount: bigint;
  /** Unix seconds; only later than before. */
  until: number;
}
export type FundChannelReturnType = WriteReturnType;
export type FundChannelErrorType = WriteErrorType;

/**
 * Opens a channel to a node, or adds to it: moves part of the caller's balance at the market into it.
 * What batches do not charge comes back by {@link closeChannel} or, after its date, {@link releaseChannel}.
 *
 * @example
 * await fundChannel(client, { deployment, node, signer: account.address, amount, until });
 */
export async function fundChannel(
  client: Client,
  parameters: FundChannelParameters,
): Promise<FundChannelReturnType> {
  const { node, signer, amount, until, ...options } = parameters;
  return callBatchSettler(client, {
    ...options,
    functionName: "reserve",
    args: [node, signer, amount, until],
  });
}
