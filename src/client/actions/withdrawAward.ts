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

export interface WithdrawAwardParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  /** Who receives the tokens. */
  to: Address;
}
export type WithdrawAwardReturnType = WriteReturnType;
export type WithdrawAwardErrorType = WriteErrorType;

/**
 * Withdraws what the caller was awarded of slashed stake: for a fault that it showed, or for a loss that others caused it.
 *
 * @example
 * await withdrawAward(client, { deployment, to: account.address });
 */
export async function withdrawAward(
  client: Client,
  parameters: WithdrawAwardParameters,
): Promise<WithdrawAwardReturnType> {
  const { deployment, to, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "withdrawAward",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "withdrawAward", args: [to] }),
  });
}
