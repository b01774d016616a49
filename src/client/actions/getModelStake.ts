// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import type { ModelId } from "../../protocol/ids.ts";
import type { ModelStake } from "../../protocol/node.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetModelStakeParameters extends ReadOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  node: Address;
  modelId: ModelId;
}
export type GetModelStakeReturnType = ModelStake;
export type GetModelStakeErrorType = ReadErrorType;

/**
 * What a node put at risk for a model version, and how much of it backs open requests.
 *
 * @example
 * const { opted, locked } = await getModelStake(client, { deployment, node, modelId });
 */
export async function getModelStake(
  client: Client,
  parameters: GetModelStakeParameters,
): Promise<GetModelStakeReturnType> {
  const { deployment, node, modelId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "modelStakeOf",
    args: [node, modelId],
  });
}
