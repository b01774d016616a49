// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface ReleaseChannelParameters extends BatchWriteOptions {
  node: Address;
  signer: Address;
}
export interface ReleaseChannelReturnType extends WriteReturnType {
  /** Token units. */
  amount: bigint;
}
export type ReleaseChannelErrorType = WriteErrorType | EventMissingError;

/**
 * Returns what batches did not charge to the caller's balance, once the channel's date and the longest order have passed.
 *
 * @example
 * await releaseChannel(client, { deployment, node, signer: account.address });
 */
export async function releaseChannel(
  client: Client,
  parameters: ReleaseChannelParameters,
): Promise<ReleaseChannelReturnType> {
  const { node, signer, ...options } = parameters;
  const sent = await callBatchSettler(client, {
    ...options,
    functionName: "release",
    args: [node, signer],
  });
  const { args } = expectEvent(sent.receipt, {
    abi: batchSettlerAbi,
    address: options.deployment.batchSettler,
    eventName: "ChannelReleased",
  });
  return { ...sent, amount: args.amount };
}
