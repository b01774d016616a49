// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import type { Role } from "../../protocol/node.ts";
import { ensureAllowance, senderOf } from "../allowance.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface RegisterNodeParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry" | "token">;
  /** The only role this address will ever have. */
  role: Role;
  /** Stake, token units, at least the registry's `minStake`. */
  amount: bigint;
  /** Who runs the node, and approved it by {@link approveNode}; the caller if not given. */
  operator?: Address;
  /** Where earnings are credited; the caller if not given. */
  payout?: Address;
  /** Base URL of the node's HTTP service; none if not given. */
  endpoint?: string;
}
export type RegisterNodeReturnType = WriteReturnType;
export type RegisterNodeErrorType = WriteErrorType;

/**
 * Registers the caller as a node and puts its stake down; approves the registry for the stake first, if needed.
 *
 * @example
 * await registerNode(client, {
 *   deployment,
 *   role: Role.INFERENCE,
 *   amount: 100_000_000n,
 *   endpoint: "https://node.example",
 * });
 */
export async function registerNode(
  client: Client,
  parameters: RegisterNodeParameters,
): Promise<RegisterNodeReturnType> {
  const { deployment, role, amount, operator, payout, endpoint = "", ...options } = parameters;
  const { chainId, nodeRegistry, token } = deployment;
  const node = senderOf(client, options.account, "register");
  await ensureAllowance(client, { ...options, chainId, token, spender: nodeRegistry, amount });
  return transact(client, {
    ...options,
    chainId,
    to: nodeRegistry,
    functionName: "register",
    data: encodeCall({
      abi: nodeRegistryAbi,
      functionName: "register",
      args: [role, operator ?? node, payout ?? node, amount, endpoint],
    }),
  });
}
