// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface OptInParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  modelId: ModelId;
  /** Token units. */
  amount: bigint;
}
export type OptInReturnType = WriteReturnType;
export type OptInErrorType = WriteErrorType;

/**
 * Puts free stake of the caller at risk for a model version, so that it may serve it.
 *
 * @example
 * await optIn(client, { deployment, modelId, amount: 50_000_000n });
 */
export async function optIn(client: Client, parameters: OptInParameters): Promise<OptInReturnType> {
  const { deployment, modelId, amount, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "optIn",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "optIn", args: [modelId, amount] }),
  });
}
