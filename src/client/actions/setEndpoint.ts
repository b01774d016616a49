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

export interface SetEndpointParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  /** Base URL of the node's HTTP service; empty if it has none. */
  endpoint: string;
}
export type SetEndpointReturnType = WriteReturnType;
export type SetEndpointErrorType = WriteErrorType;

/**
 * Changes where the caller's HTTP service is found.
 *
 * @example
 * await setEndpoint(client, { deployment, endpoint: "https://node.example" });
 */
export async function setEndpoint(
  client: Client,
  parameters: SetEndpointParameters,
): Promise<SetEndpointReturnType> {
  const { deployment, endpoint, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "setEndpoint",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "setEndpoint", args: [endpoint] }),
  });
}
