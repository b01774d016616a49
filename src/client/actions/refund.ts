// SPDX-License-Identifier: MIT
import { type Client, zeroAddress } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { ZERO_HEX32 } from "../../protocol/ids.ts";
import type { Request, Result } from "../../protocol/request.ts";
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

const NOTHING: Result = { outputCommitment: ZERO_HEX32, units: 0, node: zeroAddress };

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
  const { request, result = NOTHING, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "refund",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "refund", args: [request, result] }),
  });
}
