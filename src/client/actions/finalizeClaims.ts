// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FinalizeClaimsParameters extends SettlerWriteOptions {
  node: Address;
  modelId: ModelId;
  /** Zero if the orders name none. */
  dataNode: Address;
  root: Hex32;
}
export type FinalizeClaimsReturnType = SettlerWriteReturnType;
export type FinalizeClaimsErrorType = WriteErrorType;

/**
 * Pays the claims under a root whose window has closed. Anyone may do it.
 *
 * @example
 * // The four values are those of `ClaimsEntered`.
 * await finalizeClaims(client, { deployment, node, modelId, dataNode, root });
 */
export async function finalizeClaims(
  client: Client,
  parameters: FinalizeClaimsParameters,
): Promise<FinalizeClaimsReturnType> {
  const { node, modelId, dataNode, root, ...options } = parameters;
  return callSettler(client, {
    ...options,
    functionName: "finalizeClaims",
    data: encodeCall({
      abi: orderSettlerAbi,
      functionName: "finalizeClaims",
      args: [node, modelId, dataNode, root],
    }),
  });
}
