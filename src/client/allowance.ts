// SPDX-License-Identifier: MIT
import type { Account, Address, Client } from "viem";

import { erc20PermitAbi } from "../abi/erc20Permit.ts";
import { encodeCall, read } from "./call.ts";
import { AccountMissingError } from "./errors.ts";
import { transact, type WriteOptions } from "./transact.ts";

/** The address of the account that will send. */
export function senderOf(
  client: Client,
  account: Account | Address | undefined,
  functionName: string,
): Address {
  const sender = account ?? client.account;
  if (sender === undefined) throw new AccountMissingError(functionName);
  return typeof sender === "string" ? sender : sender.address;
}

/** Approves exactly `amount` for the spender, in a transaction of its own, unless enough is approved already. */
export async function ensureAllowance(
  client: Client,
  parameters: WriteOptions & {
    chainId: number;
    token: Address;
    spender: Address;
    amount: bigint;
  },
): Promise<void> {
  const { token, spender, amount, ...options } = parameters;
  const owner = senderOf(client, options.account, "approve");
  const allowance = await read(client, {
    address: token,
    abi: erc20PermitAbi,
    functionName: "allowance",
    args: [owner, spender],
  });
  if (allowance >= amount) return;

  // Gas and nonce are those of the call that follows.
  const { gas: _gas, nonce: _nonce, ...shared } = options;
  await transact(client, {
    ...shared,
    to: token,
    functionName: "approve",
    data: encodeCall({ abi: erc20PermitAbi, functionName: "approve", args: [spender, amount] }),
  });
}
