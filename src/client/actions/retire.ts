// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface RetireParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
}
export type RetireReturnType = WriteReturnType;
export type RetireErrorType = WriteErrorType;

/**
 * Retires the caller for good: it gets no new work, and its free stake unbonds.
 *
 * @example
 * await retire(client, { deployment });
 */
export async function retire(
  client: Client,
  parameters: RetireParameters,
): Promise<RetireReturnType> {
  const { deployment, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "retire",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "retire" }),
  });
}
