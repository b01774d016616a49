// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FulfilParameters extends MarketWriteOptions {
  request: Request;
  result: Result;
  /** The kind of `evidence`; VANILLA, with empty bytes, for a bonded claim. */
  kind: Evidence;
  evidence: Hex;
}
export type FulfilReturnType = MarketWriteReturnType;
export type FulfilErrorType = WriteErrorType;

/**
 * Delivers the result of an open or accepted request, with its proof or with a bonded claim to be
 * proved later.
 *
 * @example
 * const { payout } = await fulfil(client, {
 *   deployment,
 *   request,
 *   result: { outputCommitment: commitOutput(output), units: 1, node },
 *   kind: Evidence.TEE,
 *   evidence: signature,
 * });
 */
export async function fulfil(
  client: Client,
  parameters: FulfilParameters,
): Promise<FulfilReturnType> {
  const { request, result, kind, evidence, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "fulfil",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "fulfil",
      args: [request, result, kind, evidence],
    }),
  });
}
