// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface ReleaseParameters extends MarketWriteOptions {
  node: Address;
}
export type ReleaseReturnType = MarketWriteReturnType;
export type ReleaseErrorType = WriteErrorType;

/**
 * Returns what is left of a reservation to the caller's balance, once its date and the longest
 * order have passed.
 *
 * @example
 * await release(client, { deployment, node });
 */
export async function release(
  client: Client,
  parameters: ReleaseParameters,
): Promise<ReleaseReturnType> {
  const { node, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "release",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "release", args: [node] }),
  });
}
