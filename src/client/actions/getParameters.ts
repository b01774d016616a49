// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { MarketParameters } from "../../protocol/market.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetParametersParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
}
export type GetParametersReturnType = MarketParameters;
export type GetParametersErrorType = ReadErrorType;

/**
 * The windows and shares that the market was deployed with; they never change.
 *
 * @example
 * const parameters = await getParameters(client, { deployment });
 * const deadlines = defaultDeadlines({ now, parameters });
 */
export async function getParameters(
  client: Client,
  parameters: GetParametersParameters,
): Promise<GetParametersReturnType> {
  const { deployment, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "parameters",
  });
}
