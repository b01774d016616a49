// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetCheckerParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  node: Address;
}
export type GetCheckerReturnType = Address;
export type GetCheckerErrorType = ReadErrorType;

/**
 * Whom `payPool` would pay now; the zero address if nobody.
 *
 * @example
 * const checker = await getChecker(client, { deployment, node });
 */
export async function getChecker(
  client: Client,
  parameters: GetCheckerParameters,
): Promise<GetCheckerReturnType> {
  const { deployment, node, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "checkerOf",
    args: [node],
  });
}
