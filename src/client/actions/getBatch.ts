// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { StoredBatch } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetBatchParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  batchId: Hex32;
}
export type GetBatchReturnType = StoredBatch;
export type GetBatchErrorType = ReadErrorType;

/**
 * What the settler stores of a batch; `state` is NONE of one that was never posted.
 *
 * @example
 * const { state } = await getBatch(client, { deployment, batchId });
 */
export async function getBatch(
  client: Client,
  parameters: GetBatchParameters,
): Promise<GetBatchReturnType> {
  const { deployment, batchId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "batchOf",
    args: [batchId],
  });
}
