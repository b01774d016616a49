// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import type { Node, Role } from "../../protocol/node.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetNodeParameters extends ReadOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  node: Address;
}
export type GetNodeReturnType = Node;
export type GetNodeErrorType = ReadErrorType;

/**
 * A registered node; `role` is NONE if the address is none.
 *
 * @example
 * const { role, payout } = await getNode(client, { deployment, node });
 */
export async function getNode(
  client: Client,
  parameters: GetNodeParameters,
): Promise<GetNodeReturnType> {
  const { deployment, node, ...options } = parameters;
  const found = await read(client, {
    ...options,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "nodeOf",
    args: [node],
  });
  return { ...found, role: found.role as Role };
}
