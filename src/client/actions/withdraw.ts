// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface WithdrawParameters extends MarketWriteOptions {
  /** Who receives the tokens. */
  to: Address;
  /** Token units. */
  amount: bigint;
}
export type WithdrawReturnType = MarketWriteReturnType;
export type WithdrawErrorType = WriteErrorType;

/**
 * Pays part of the caller's balance in the market out.
 *
 * @example
 * await withdraw(client, { deployment, to: account.address, amount: 5_000_000n });
 */
export async function withdraw(
  client: Client,
  parameters: WithdrawParameters,
): Promise<WithdrawReturnType> {
  const { to, amount, ...options } = parameters;
  return callMarket(client, {
    ...options,
    functionName: "withdraw",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "withdraw", args: [to, amount] }),
  });
}
