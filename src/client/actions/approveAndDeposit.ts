// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { ensureAllowance } from "../allowance.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { WriteErrorType } from "../transact.ts";
import { deposit, type DepositParameters, type DepositReturnType } from "./deposit.ts";

export interface ApproveAndDepositParameters extends DepositParameters {
  deployment: DeploymentWith<"market" | "token">;
}
export type ApproveAndDepositReturnType = DepositReturnType;
export type ApproveAndDepositErrorType = WriteErrorType;

/**
 * Approves the market for exactly the amount, unless enough is approved already, and deposits it.
 *
 * @example
 * await approveAndDeposit(client, { deployment, receiver: account.address, amount: 5_000_000n });
 */
export async function approveAndDeposit(
  client: Client,
  parameters: ApproveAndDepositParameters,
): Promise<ApproveAndDepositReturnType> {
  const { deployment, receiver, amount, ...options } = parameters;
  const { chainId, token, market } = deployment;
  await ensureAllowance(client, { ...options, chainId, token, spender: market, amount });
  return deposit(client, { ...options, deployment, receiver, amount });
}
