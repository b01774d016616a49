// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface IsKeyLiveParameters extends ReadOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  key: Address;
  node: Address;
  modelId: ModelId;
}
export type IsKeyLiveReturnType = boolean;
export type IsKeyLiveErrorType = ReadErrorType;

/**
 * Whether an enclave key is admitted for node and model, unexpired and unrevoked.
 *
 * @example
 * const live = await isKeyLive(client, { deployment, key, node, modelId });
 */
export async function isKeyLive(
  client: Client,
  parameters: IsKeyLiveParameters,
): Promise<IsKeyLiveReturnType> {
  const { deployment, key, node, modelId, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.enclaveRegistry,
    abi: enclaveRegistryAbi,
    functionName: "isLive",
    args: [key, node, modelId],
  });
}
