// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface IsServingParameters extends ReadOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  node: Address;
  modelId: ModelId;
}
export type IsServingReturnType = boolean;
export type IsServingErrorType = ReadErrorType;

/**
 * Whether the node is an active inference node that opted in to this model version.
 *
 * @example
 * const serving = await isServing(client, { deployment, node, modelId });
 */
export async function isServing(
  client: Client,
  parameters: IsServingParameters,
): Promise<IsServingReturnType> {
  const { deployment, node, modelId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "isServing",
    args: [node, modelId],
  });
}
