// SPDX-License-Identifier: MIT
/** What a transaction offers per gas: pure rules. */
import type { Fees } from "./types.ts";

/** What the chain asks now, wei per gas. */
export interface Market {
  baseFee: bigint;
  tip: bigint;
}

/** Nodes take another transaction of the same nonce from 10 % or 12.5 % more on. */
function bump(fee: bigint): bigint {
  return fee + fee / 8n + 1n;
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** Twice the base fee and the tip: good for six full blocks. */
function wish({ baseFee, tip }: Market): bigint {
  return 2n * baseFee + tip;
}

/** Fees of a new transaction; undefined while the chain asks for more than `cap`. */
export function quoteFees(market: Market, cap: bigint | undefined): Fees | undefined {
  const maxFeePerGas = min(wish(market), cap ?? wish(market));
  if (maxFeePerGas < market.baseFee + market.tip) return undefined;
  return { maxFeePerGas, maxPriorityFeePerGas: market.tip };
}

/** Fees that replace `old`; undefined while that would cost more than `cap`. */
export function raiseFees(old: Fees, market: Market, cap: bigint | undefined): Fees | undefined {
  const least = bump(old.maxFeePerGas);
  const wanted = max(least, wish(market));
  const maxFeePerGas = min(wanted, cap ?? wanted);
  if (maxFeePerGas < least || maxFeePerGas < market.baseFee) return undefined;
  const tip = max(bump(old.maxPriorityFeePerGas), market.tip);
  return { maxFeePerGas, maxPriorityFeePerGas: min(tip, maxFeePerGas) };
}
