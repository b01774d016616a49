// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface ProveParameters extends MarketWriteOptions {
  request: Request;
  /** What was delivered. */
  result: Result;
  /** ZKML or TEE. */
  kind: Evidence;
  evidence: Hex;
}
export type ProveReturnType = MarketWriteReturnType;
export type ProveErrorType = WriteErrorType;

/**
 * Adds evidence to a delivered result. Anyone may bring it: it pays whom it names.
 *
 * @example
 * await prove(client, { deployment, request, result, kind: Evidence.ZKML, evidence });
 */
export async function prove(client: Client, parameters: ProveParameters): Promise<ProveReturnType> {
  const { request, result, kind, evidence, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "prove",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "prove",
      args: [request, result, kind, evidence],
    }),
  });
}
