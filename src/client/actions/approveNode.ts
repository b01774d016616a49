// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface ApproveNodeParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  node: Address;
  approved: boolean;
}
export type ApproveNodeReturnType = WriteReturnType;
export type ApproveNodeErrorType = WriteErrorType;

/**
 * Allows or forbids a node to register with the caller as its operator.
 *
 * @example
 * await approveNode(client, { deployment, node, approved: true });
 */
export async function approveNode(
  client: Client,
  parameters: ApproveNodeParameters,
): Promise<ApproveNodeReturnType> {
  const { deployment, node, approved, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "approveNode",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "approveNode", args: [node, approved] }),
  });
}
