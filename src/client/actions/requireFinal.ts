// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { Request } from "../../protocol/request.ts";
import type { Reliance } from "../../protocol/state.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface RequireFinalParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  request: Request;
  /** The least that the caller relies on. */
  reliance: Reliance;
}
export type RequireFinalReturnType = Hex32;
export type RequireFinalErrorType = ReadErrorType;

/**
 * The output commitment of a final request; throws a `ContractRevertedError` unless the request is
 * final with at least what is relied on.
 *
 * @example
 * const outputCommitment = await requireFinal(client, { deployment, request, reliance });
 */
export async function requireFinal(
  client: Client,
  parameters: RequireFinalParameters,
): Promise<RequireFinalReturnType> {
  const { deployment, request, reliance, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "requireFinal",
    args: [request, reliance],
  });
}
