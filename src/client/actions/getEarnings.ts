// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Earnings } from "../../protocol/market.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetEarningsParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  node: Address;
}
export type GetEarningsReturnType = Earnings;
export type GetEarningsErrorType = ReadErrorType;

/**
 * What a node's requests brought in and nobody has moved yet.
 *
 * @example
 * const { own, pool } = await getEarnings(client, { deployment, node });
 */
export async function getEarnings(
  client: Client,
  parameters: GetEarningsParameters,
): Promise<GetEarningsReturnType> {
  const { deployment, node, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "earningsOf",
    args: [node],
  });
}
