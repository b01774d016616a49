// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Request } from "../../protocol/request.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetFinalAtParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  request: Request;
}
export type GetFinalAtReturnType = number;
export type GetFinalAtErrorType = ReadErrorType;

/**
 * When the delivered claim becomes final unchallenged, unix seconds; zero while required evidence
 * is missing.
 *
 * @example
 * const end = await getFinalAt(client, { deployment, request });
 */
export async function getFinalAt(
  client: Client,
  parameters: GetFinalAtParameters,
): Promise<GetFinalAtReturnType> {
  const { deployment, request, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "finalAt",
    args: [request],
  });
}
