// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { nodeRegistryAbi } from "../../abi/nodeRegistry.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetAwardParameters extends ReadOptions {
  deployment: DeploymentWith<"nodeRegistry">;
  account: Address;
}
/** Token units. */
export type GetAwardReturnType = bigint;
export type GetAwardErrorType = ReadErrorType;

/**
 * What an account was awarded of slashed stake and has not withdrawn, token units.
 *
 * @example
 * if ((await getAward(client, { deployment, account })) > 0n) await withdrawAward(wallet, { deployment, to: account });
 */
export async function getAward(
  client: Client,
  parameters: GetAwardParameters,
): Promise<GetAwardReturnType> {
  const { deployment, account, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.nodeRegistry,
    abi: nodeRegistryAbi,
    functionName: "awardOf",
    args: [account],
  });
}
