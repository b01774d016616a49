// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetLedgerBalanceParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  account: Address;
}
export type GetLedgerBalanceReturnType = bigint;
export type GetLedgerBalanceErrorType = ReadErrorType;

/**
 * What an account has in the market, token units: free to spend, reserve or withdraw.
 *
 * @example
 * const balance = await getLedgerBalance(client, { deployment, account: account.address });
 */
export async function getLedgerBalance(
  client: Client,
  parameters: GetLedgerBalanceParameters,
): Promise<GetLedgerBalanceReturnType> {
  const { deployment, account, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "balanceOf",
    args: [account],
  });
}
