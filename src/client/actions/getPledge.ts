// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Exposure } from "../../protocol/batch.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetPledgeParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  node: Address;
  modelId: ModelId;
}
export type GetPledgeReturnType = Exposure;
export type GetPledgeErrorType = ReadErrorType;

/**
 * What a node pledged for a model, and what open batches can cost of it, as of now.
 *
 * @example
 * const { held, current, previous } = await getPledge(client, { deployment, node, modelId });
 */
export async function getPledge(
  client: Client,
  parameters: GetPledgeParameters,
): Promise<GetPledgeReturnType> {
  const { deployment, node, modelId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "pledgeOf",
    args: [node, modelId],
  });
}
