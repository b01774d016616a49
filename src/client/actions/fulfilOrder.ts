// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FulfilOrderParameters extends MarketWriteOptions {
  request: Request;
  /** The client's signature over the request, from {@link signOrder}. */
  signature: Hex;
  result: Result;
  /** The kind of `evidence`; VANILLA, with empty bytes, for a bonded claim. */
  kind: Evidence;
  evidence: Hex;
}
export type FulfilOrderReturnType = MarketWriteReturnType;
export type FulfilOrderErrorType = WriteErrorType;

/**
 * Brings a signed order together with its result; draws `maxFee` on the client's reservation.
 *
 * @example
 * await fulfilOrder(client, { deployment, request, signature, result, kind: Evidence.ZKML, evidence });
 */
export async function fulfilOrder(
  client: Client,
  parameters: FulfilOrderParameters,
): Promise<FulfilOrderReturnType> {
  const { request, signature, result, kind, evidence, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "fulfilOrder",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "fulfilOrder",
      args: [request, signature, result, kind, evidence],
    }),
  });
}
