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

export interface WithdrawStakeParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  /** Who receives the tokens. */
  to: Address;
}
export type WithdrawStakeReturnType = WriteReturnType;
export type WithdrawStakeErrorType = WriteErrorType;

/**
 * Withdraws what has unbonded.
 *
 * @example
 * await withdrawStake(client, { deployment, to: account.address });
 */
export async function withdrawStake(
  client: Client,
  parameters: WithdrawStakeParameters,
): Promise<WithdrawStakeReturnType> {
  const { deployment, to, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "withdrawStake",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "withdrawStake", args: [to] }),
  });
}
