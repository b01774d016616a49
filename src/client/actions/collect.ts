// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface CollectParameters extends MarketWriteOptions {
  node: Address;
}
export type CollectReturnType = MarketWriteReturnType;
export type CollectErrorType = WriteErrorType;

/**
 * Moves what a node earned to the balance of its payout address, which withdraws it. Anyone may do it.
 *
 * @example
 * await collect(client, { deployment, node });
 */
export async function collect(
  client: Client,
  parameters: CollectParameters,
): Promise<CollectReturnType> {
  const { node, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "collect",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "collect", args: [node] }),
  });
}
