// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetEndpointParameters extends ReadOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  node: Address;
}
export type GetEndpointReturnType = string;
export type GetEndpointErrorType = ReadErrorType;

/**
 * Base URL of a node's HTTP service; empty if it has none.
 *
 * @example
 * const node = nodeClient({ endpoint: await getEndpoint(client, { deployment, node }) });
 */
export async function getEndpoint(
  client: Client,
  parameters: GetEndpointParameters,
): Promise<GetEndpointReturnType> {
  const { deployment, node, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "endpointOf",
    args: [node],
  });
}
