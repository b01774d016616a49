// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { NO_RESULT, type Request, type Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface RefundParameters extends MarketWriteOptions {
  request: Request;
  /** What was delivered, if it was. */
  result?: Result | undefined;
}
export type RefundReturnType = MarketWriteReturnType;
export type RefundErrorType = WriteErrorType;

/**
 * Refunds the client of a request that can no longer be served. Anyone may call it, even while the
 * market is paused.
 *
 * @example
 * await refund(client, { deployment, request });
 */
export async function refund(
  client: Client,
  parameters: RefundParameters,
): Promise<RefundReturnType> {
  const { request, result = NO_RESULT, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "refund",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "refund", args: [request, result] }),
  });
}
