// SPDX-License-Identifier: MIT
import type { Address, Client, Hex } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface CloseChannelParameters extends BatchWriteOptions {
  /** Whose channel it is. */
  client: Address;
  node: Address;
  signer: Address;
  /** The node's, from {@link signClosing}. */
  signature: Hex;
}
export interface CloseChannelReturnType extends WriteReturnType {
  /** Token units. */
  amount: bigint;
}
export type CloseChannelErrorType = WriteErrorType | EventMissingError;

/**
 * Returns what batches did not charge to the channel's client at once, since its node signed that it claims nothing more.
 * Anyone may bring it.
 *
 * @example
 * const { signature } = await nodeClient({ endpoint }).closeChannel({ client, signer });
 * await closeChannel(wallet, { deployment, client, node, signer, signature });
 */
export async function closeChannel(
  client: Client,
  parameters: CloseChannelParameters,
): Promise<CloseChannelReturnType> {
  const { client: owner, node, signer, signature, ...options } = parameters;
  const sent = await callBatchSettler(client, {
    ...options,
    functionName: "close",
    args: [owner, node, signer, signature],
  });
  const { args } = expectEvent(sent.receipt, {
    abi: batchSettlerAbi,
    address: options.deployment.batchSettler,
    eventName: "ChannelReleased",
  });
  return { ...sent, amount: args.amount };
}
