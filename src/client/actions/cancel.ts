// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Request } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface CancelParameters extends MarketWriteOptions {
  request: Request;
}
export type CancelReturnType = MarketWriteReturnType;
export type CancelErrorType = WriteErrorType;

/**
 * Ends a request that nobody accepted yet; the escrow returns to the balance.
 *
 * @example
 * await cancel(client, { deployment, request });
 */
export async function cancel(
  client: Client,
  parameters: CancelParameters,
): Promise<CancelReturnType> {
  const { request, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "cancel",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "cancel", args: [request] }),
  });
}
