// SPDX-License-Identifier: MIT
// Balances in the market's ledger.
import { type Address, zeroAddress } from "viem";

import { add, type Ledger } from "./ledger.ts";
import { refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";

const LATEST_DATE = 2 ** 40 - 1;

export function debit(ledger: Ledger, account: Address, amount: bigint): void {
  refuseIf((ledger.balances.get(account) ?? 0n) < amount, "BalanceInsufficient");
  add(ledger.balances, account, -amount);
}

export function credit(ledger: Ledger, account: Address, amount: bigint): void {
  add(ledger.balances, account, amount);
}

/** Moves tokens between accounts and contracts. */
export function pay(ledger: Ledger, from: Address, to: Address, amount: bigint): void {
  refuseIf((ledger.tokens.get(from) ?? 0n) < amount, "ERC20InsufficientBalance");
  add(ledger.tokens, from, -amount);
  add(ledger.tokens, to, amount);
}

function checkPayment(to: Address, amount: bigint): void {
  refuseIf(to === zeroAddress, "AccountZero");
  refuseIf(amount === 0n, "AmountZero");
}

export function deposit(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  command: { account: Address; amount: bigint },
): void {
  checkPayment(command.account, command.amount);
  pay(ledger, by, rules.contracts.market, command.amount);
  credit(ledger, command.account, command.amount);
}

export function withdraw(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  command: { to: Address; amount: bigint },
): void {
  checkPayment(command.to, command.amount);
  debit(ledger, by, command.amount);
  pay(ledger, rules.contracts.market, command.to, command.amount);
}

export function transfer(
  ledger: Ledger,
  by: Address,
  command: { to: Address; amount: bigint },
): void {
  checkPayment(command.to, command.amount);
  debit(ledger, by, command.amount);
  credit(ledger, command.to, command.amount);
}

export interface Reserve {
  node: Address;
  amount: bigint;
  until: number;
  signer: Address;
}

export function checkDate(rules: Rules, ledger: Ledger, until: number): void {
  const isTooLate = until + rules.market.longestOrder > LATEST_DATE;
  refuseIf(until <= ledger.time || isTooLate, "ReservationDateInvalid");
}
