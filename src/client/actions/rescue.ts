// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface RescueParameters extends MarketWriteOptions {
  request: Request;
  result: Result;
  /** The kind of `evidence`; VANILLA, with empty bytes, for a bonded claim. */
  kind: Evidence;
  evidence: Hex;
}
export type RescueReturnType = MarketWriteReturnType;
export type RescueErrorType = WriteErrorType;

/**
 * Fulfils a request whose node is late, with evidence that names the caller. The client pays
 * nothing; the caller gets half of the late node's bond.
 *
 * @example
 * await rescue(client, { deployment, request, result, kind: Evidence.ZKML, evidence });
 */
export async function rescue(
  client: Client,
  parameters: RescueParameters,
): Promise<RescueReturnType> {
  const { request, result, kind, evidence, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "rescue",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "rescue",
      args: [request, result, kind, evidence],
    }),
  });
}
