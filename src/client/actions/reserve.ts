// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import { encodeCall } from "../call.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface ReserveParameters extends SettlerWriteOptions {
  /** The only node whose orders draw on it. */
  node: Address;
  /** Token units to add. */
  amount: bigint;
  /** Unix seconds; only later than before. */
  until: number;
  /** Whose ECDSA signature orders carry: the caller, or a key that a contract wallet names here. */
  signer: Address;
}
export type ReserveReturnType = SettlerWriteReturnType;
export type ReserveErrorType = WriteErrorType;

/**
 * Sets part of the caller's balance aside for orders that one node will bring, signed by one key.
 *
 * @example
 * await reserve(client, { deployment, node, amount: 5_000_000n, until, signer: account.address });
 */
export async function reserve(
  client: Client,
  parameters: ReserveParameters,
): Promise<ReserveReturnType> {
  const { node, amount, until, signer, ...options } = parameters;
  return callSettler(client, {
    ...options,
    functionName: "reserve",
    data: encodeCall({
      abi: orderSettlerAbi,
      functionName: "reserve",
      args: [node, amount, until, signer],
    }),
  });
}
