// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface DepositParameters extends MarketWriteOptions {
  /** Whose balance is credited. */
  receiver: Address;
  /** Token units. */
  amount: bigint;
}
export type DepositReturnType = MarketWriteReturnType;
export type DepositErrorType = WriteErrorType;

/**
 * Credits an account in the market with tokens of the caller, who must have approved the market.
 *
 * @example
 * await deposit(client, { deployment, receiver: account.address, amount: 5_000_000n });
 */
export async function deposit(
  client: Client,
  parameters: DepositParameters,
): Promise<DepositReturnType> {
  const { receiver, amount, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "deposit",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "deposit",
      args: [receiver, amount],
    }),
  });
}
