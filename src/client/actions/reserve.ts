// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface ReserveParameters extends MarketWriteOptions {
  /** The only node whose orders draw on it. */
  node: Address;
  /** Token units to add; zero to move the date only. */
  amount: bigint;
  /** Unix seconds; only later than before. */
  until: number;
  /** Whose ECDSA signature orders carry: the caller, or a key that a contract wallet fixes here. */
  signer: Address;
}
export type ReserveReturnType = MarketWriteReturnType;
export type ReserveErrorType = WriteErrorType;

/**
 * Sets part of the caller's balance aside for signed orders that one node will bring.
 *
 * @example
 * await reserve(client, { deployment, node, amount: 5_000_000n, until, signer: account.address });
 */
export async function reserve(
  client: Client,
  parameters: ReserveParameters,
): Promise<ReserveReturnType> {
  const { node, amount, until, signer, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "reserve",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "reserve",
      args: [node, amount, until, signer],
    }),
  });
}
