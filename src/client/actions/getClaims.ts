// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import type { Claims } from "../../protocol/order.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetClaimsParameters extends ReadOptions {
  deployment: DeploymentWith<"orderSettler">;
  node: Address;
  modelId: ModelId;
  /** Zero if the orders name none. */
  dataNode: Address;
  root: Hex32;
}
export type GetClaimsReturnType = Claims;
export type GetClaimsErrorType = ReadErrorType;

/**
 * What is left of the claims under a root; `count` is zero once they are final or extracted.
 *
 * @example
 * const { clock, count } = await getClaims(client, { deployment, node, modelId, dataNode, root });
 */
export async function getClaims(
  client: Client,
  parameters: GetClaimsParameters,
): Promise<GetClaimsReturnType> {
  const { deployment, node, modelId, dataNode, root, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.orderSettler,
    abi: orderSettlerAbi,
    functionName: "claimsOf",
    args: [node, modelId, dataNode, root],
  });
}
