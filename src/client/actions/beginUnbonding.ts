// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface BeginUnbondingParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  /** Token units. */
  amount: bigint;
}
export interface BeginUnbondingReturnType extends WriteReturnType {
  /** Unix seconds: the stake may be withdrawn from then on. */
  unbondedAt: number;
}
export type BeginUnbondingErrorType = WriteErrorType | EventMissingError;

/**
 * Starts the unbonding of free stake; starting again moves the date of all of it.
 *
 * @example
 * const { unbondedAt } = await beginUnbonding(client, { deployment, amount: 50_000_000n });
 */
export async function beginUnbonding(
  client: Client,
  parameters: BeginUnbondingParameters,
): Promise<BeginUnbondingReturnType> {
  const { deployment, amount, ...options } = parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "beginUnbonding",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "beginUnbonding", args: [amount] }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: nodeRegistryAbi,
    address: deployment.nodeRegistry,
    eventName: "UnbondingStarted",
  });
  return { ...sent, unbondedAt: args.unbondedAt };
}
