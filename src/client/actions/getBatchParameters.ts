// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchParameters } from "../../protocol/batch.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetBatchParametersParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
}
export type GetBatchParametersReturnType = BatchParameters;
export type GetBatchParametersErrorType = ReadErrorType;

/**
 * Bonds and windows that the batch settler was deployed with; they never change.
 *
 * @example
 * const { responseWindow } = await getBatchParameters(client, { deployment });
 */
export async function getBatchParameters(
  client: Client,
  parameters: GetBatchParametersParameters,
): Promise<GetBatchParametersReturnType> {
  const { deployment, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "parameters",
  });
}
