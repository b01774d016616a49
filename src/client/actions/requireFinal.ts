// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Request, Result } from "../../protocol/request.ts";
import type { Reliance } from "../../protocol/state.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface RequireFinalParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  request: Request;
  result: Result;
  /** The least that the caller relies on. */
  reliance: Reliance;
}
export type RequireFinalReturnType = void;
export type RequireFinalErrorType = ReadErrorType;

/**
 * Throws a `ContractRevertedError` unless the request is final with this result and at least what is relied on.
 *
 * @example
 * await requireFinal(client, { deployment, request, result, reliance });
 */
export async function requireFinal(
  client: Client,
  parameters: RequireFinalParameters,
): Promise<RequireFinalReturnType> {
  const { deployment, request, result, reliance, ...options } = parameters;
  await read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "requireFinal",
    args: [request, result, reliance],
  });
}
