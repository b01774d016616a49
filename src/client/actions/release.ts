// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import { encodeCall } from "../call.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface ReleaseParameters extends SettlerWriteOptions {
  node: Address;
  /** The key that was reserved for. */
  signer: Address;
}
export type ReleaseReturnType = SettlerWriteReturnType;
export type ReleaseErrorType = WriteErrorType;

/**
 * Returns what is left of a reservation to the caller's balance, once its date and the longest
 * order have passed.
 *
 * @example
 * await release(client, { deployment, node, signer: account.address });
 */
export async function release(
  client: Client,
  parameters: ReleaseParameters,
): Promise<ReleaseReturnType> {
  const { node, signer, ...options } = parameters;
  return callSettler(client, {
    ...options,
    functionName: "release",
    data: encodeCall({ abi: orderSettlerAbi, functionName: "release", args: [node, signer] }),
  });
}
