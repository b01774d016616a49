// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FulfilAndCallParameters extends MarketWriteOptions {
  request: Request;
  result: Result;
  /** The kind of `evidence`; VANILLA, with empty bytes, for a bonded claim. */
  kind: Evidence;
  evidence: Hex;
  /** The bytes that `result.outputCommitment` commits to. */
  output: Hex;
}
export type FulfilAndCallReturnType = MarketWriteReturnType;
export type FulfilAndCallErrorType = WriteErrorType;

/**
 * Settles a result that is final at once and calls the request's consumer with the output, all or
 * nothing.
 * The node may always settle without the call, by `fulfil`.
 *
 * @example
 * await fulfilAndCall(client, { deployment, request, result, kind, evidence, output });
 */
export async function fulfilAndCall(
  client: Client,
  parameters: FulfilAndCallParameters,
): Promise<FulfilAndCallReturnType> {
  const { request, result, kind, evidence, output, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "fulfilAndCall",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "fulfilAndCall",
      args: [request, result, kind, evidence, output],
    }),
  });
}
