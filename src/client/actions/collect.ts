// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { encodeCall } from "../call.ts";
import {
  callEarnings,
  earningsAbi,
  type EarningsWriteOptions,
  type EarningsWriteReturnType,
} from "../earnings.ts";
import type { WriteErrorType } from "../transact.ts";

export interface CollectParameters extends EarningsWriteOptions {
  node: Address;
}
export type CollectReturnType = EarningsWriteReturnType;
export type CollectErrorType = WriteErrorType;

/**
 * Moves what a node earned at one contract to the balance of its payout address in the market, which withdraws it. Anyone
 * may do it. {@link collectAll} does it at every contract.
 *
 * @example
 * await collect(client, { deployment, node, at: "orderSettler" });
 */
export async function collect(
  client: Client,
  parameters: CollectParameters,
): Promise<CollectReturnType> {
  const { node, ...options } = parameters;
  return callEarnings(client, {
    ...options,
    functionName: "collect",
    data: encodeCall({ abi: earningsAbi, functionName: "collect", args: [node] }),
  });
}
