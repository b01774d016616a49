// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { ensureAllowance } from "../allowance.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface AddStakeParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry" | "token">;
  node: Address;
  /** Token units. */
  amount: bigint;
}
export type AddStakeReturnType = WriteReturnType;
export type AddStakeErrorType = WriteErrorType;

/**
 * Adds to the stake of a node, paid by the caller; approves the registry first, if needed.
 *
 * @example
 * await addStake(client, { deployment, node, amount: 50_000_000n });
 */
export async function addStake(
  client: Client,
  parameters: AddStakeParameters,
): Promise<AddStakeReturnType> {
  const { deployment, node, amount, ...options } = parameters;
  const { chainId, nodeRegistry, token } = deployment;
  await ensureAllowance(client, { ...options, chainId, token, spender: nodeRegistry, amount });
  return transact(client, {
    ...options,
    chainId,
    to: nodeRegistry,
    functionName: "addStake",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "addStake", args: [node, amount] }),
  });
}
