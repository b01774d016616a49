// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface PayPoolParameters extends MarketWriteOptions {
  node: Address;
}
export type PayPoolReturnType = MarketWriteReturnType;
export type PayPoolErrorType = WriteErrorType;

/**
 * Pays the verification shares of a node's requests to the verification node that is drawn for them; see {@link getChecker}.
 * Anyone may do it.
 *
 * @example
 * await payPool(client, { deployment, node });
 */
export async function payPool(
  client: Client,
  parameters: PayPoolParameters,
): Promise<PayPoolReturnType> {
  const { node, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "payPool",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "payPool", args: [node] }),
  });
}
