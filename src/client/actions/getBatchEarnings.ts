// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Earnings } from "../../protocol/market.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetBatchEarningsParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  node: Address;
}
export type GetBatchEarningsReturnType = Earnings;
export type GetBatchEarningsErrorType = ReadErrorType;

/**
 * What a node's batches brought in and nobody has moved yet.
 *
 * @example
 * const { own } = await getBatchEarnings(client, { deployment, node });
 */
export async function getBatchEarnings(
  client: Client,
  parameters: GetBatchEarningsParameters,
): Promise<GetBatchEarningsReturnType> {
  const { deployment, node, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "earningsOf",
    args: [node],
  });
}
