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

export interface SetPayoutParameters extends WriteOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  /** Where earnings are credited from now on. */
  payout: Address;
}
export type SetPayoutReturnType = WriteReturnType;
export type SetPayoutErrorType = WriteErrorType;

/**
 * Changes the caller's payout address.
 *
 * @example
 * await setPayout(client, { deployment, payout });
 */
export async function setPayout(
  client: Client,
  parameters: SetPayoutParameters,
): Promise<SetPayoutReturnType> {
  const { deployment, payout, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.nodeRegistry,
    functionName: "setPayout",
    data: encodeCall({ abi: nodeRegistryAbi, functionName: "setPayout", args: [payout] }),
  });
}
