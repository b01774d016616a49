// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Request } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface AcceptParameters extends MarketWriteOptions {
  request: Request;
}
export type AcceptReturnType = MarketWriteReturnType;
export type AcceptErrorType = WriteErrorType;

/**
 * Accepts a request as its node: states that the node holds the input, and locks its bond.
 *
 * @example
 * await accept(client, { deployment, request });
 */
export async function accept(
  client: Client,
  parameters: AcceptParameters,
): Promise<AcceptReturnType> {
  const { request, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "accept",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "accept", args: [request] }),
  });
}
