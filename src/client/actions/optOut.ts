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

export interface OptOutParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  modelId: ModelId;
  /** Token units. */
  amount: bigint;
}
export type OptOutReturnType = WriteReturnType;
export type OptOutErrorType = WriteErrorType;

/**
 * Takes stake of a model version back to free stake; never what backs open requests.
 *
 * @example
 * await optOut(client, { deployment, modelId, amount: 50_000_000n });
 */
export async function optOut(
  client: Client,
  parameters: OptOutParameters,
): Promise<OptOutReturnType> {
  const { deployment, modelId, amount, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "optOut",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "optOut", args: [modelId, amount] }),
  });
}
