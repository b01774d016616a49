// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FinalizeParameters extends MarketWriteOptions {
  request: Request;
  /** What was delivered. */
  result: Result;
}
export type FinalizeReturnType = MarketWriteReturnType;
export type FinalizeErrorType = WriteErrorType;

/**
 * Pays a claim whose window has closed unchallenged. Anyone may call it.
 *
 * @example
 * const { payout } = await finalize(client, { deployment, request, result });
 */
export async function finalize(
  client: Client,
  parameters: FinalizeParameters,
): Promise<FinalizeReturnType> {
  const { request, result, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "finalize",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "finalize",
      args: [request, result],
    }),
  });
}
