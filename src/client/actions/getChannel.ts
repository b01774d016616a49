// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Channel } from "../../protocol/batch.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetChannelParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  /** Whose channel it is. */
  client: Address;
  node: Address;
  signer: Address;
}
export type GetChannelReturnType = Channel;
export type GetChannelErrorType = ReadErrorType;

/**
 * A client's escrow for a node under one signer, and how much of it batches charged.
 *
 * @example
 * const { deposited, charged } = await getChannel(client, { deployment, client: account.address, node, signer });
 */
export async function getChannel(
  client: Client,
  parameters: GetChannelParameters,
): Promise<GetChannelReturnType> {
  const { deployment, client: owner, node, signer, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "channelOf",
    args: [owner, node, signer],
  });
}
