// SPDX-License-Identifier: MIT
// What nodes earned and nobody moved yet: the market's ledger of it, and the settler's.
import {
  type Address,
  encodeAbiParameters,
  keccak256,
  parseAbiParameters,
  zeroAddress,
} from "viem";

import { credit, debit } from "./accounts.ts";
import { draw } from "./draw.ts";
import type { Earned, Ledger } from "./ledger.ts";
import { refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";

/** Blocks from the first share of an empty pool to the one whose hash draws the checker. */
const DRAW_DELAY = 4;
/** Blocks after which a hash is gone. */
const HASH_LIFE = 8_191;
const SEED = parseAbiParameters("bytes32, address");

/** Which contract keeps them. */
export type Keeper = "market" | "orders";

export function earnedOf(ledger: Ledger, keeper: Keeper, node: Address): Earned {
  const all = ledger.earned[keeper];
  const earned = all.get(node) ?? { own: 0n, pool: 0n, drawBlock: 0, drawTime: 0 };
  all.set(node, earned);
  return earned;
}

export const shareDown = (amount: bigint, bps: number): bigint => (amount * BigInt(bps)) / 10_000n;

/** A fee's exact division: the two shares are rounded down, the node has the rest. */
export function divide(rules: Rules, fee: bigint, dataNode: Address) {
  const { verificationBps, dataBps } = rules.market;
  const verification = shareDown(fee, verificationBps);
  const data = dataNode === zeroAddress ? 0n : shareDown(fee, dataBps);
  return { verification, data, inference: fee - verification - data };
}

export function earn(
  ledger: Ledger,
  keeper: Keeper,
  node: Address,
  shares: { inference: bigint; verification: bigint },
): void {
  const earned = earnedOf(ledger, keeper, node);
  if (earned.pool === 0n && shares.verification !== 0n) fixDraw(ledger, earned);
  earned.own += shares.inference;
  earned.pool += shares.verification;
}

function fixDraw(ledger: Ledger, earned: Earned): void {
  earned.drawBlock = ledger.block + DRAW_DELAY;
  earned.drawTime = ledger.time;
}

export const payoutOf = (rules: Rules, node: Address): Address =>
  rules.nodes.get(node)?.payout ?? zeroAddress;

/** Credits an account: the settler by a transfer of its own balance. */
function creditFrom(
  rules: Rules,
  ledger: Ledger,
  keeper: Keeper,
  to: Address,
  amount: bigint,
): void {
  if (keeper === "orders") debit(ledger, rules.contracts.orders, amount);
  credit(ledger, to, amount);
}

interface Collect {
  keeper: Keeper;
  node: Address;
}

export function collect(rules: Rules, ledger: Ledger, { keeper, node }: Collect): void {
  const earned = earnedOf(ledger, keeper, node);
  refuseIf(earned.own === 0n, "AmountZero");
  creditFrom(rules, ledger, keeper, payoutOf(rules, node), earned.own);
  earned.own = 0n;
}

export function payPool(rules: Rules, ledger: Ledger, { keeper, node }: Collect): void {
  const earned = earnedOf(ledger, keeper, node);
  refuseIf(earned.pool === 0n, "PoolEmpty");
  refuseIf(ledger.block <= earned.drawBlock, "PoolDrawPending");
  const checker = checkerOf(rules, ledger, node, earned.drawBlock);
  if (checker === undefined) return fixDraw(ledger, earned);
  creditFrom(rules, ledger, keeper, payoutOf(rules, checker), earned.pool);
  Object.assign(earned, { pool: 0n, drawBlock: 0, drawTime: 0 });
}

function checkerOf(
  rules: Rules,
  ledger: Ledger,
  node: Address,
  drawBlock: number,
): Address | undefined {
  const hash = hashOf(ledger, drawBlock);
  if (hash === undefined) return undefined;
  const seed = keccak256(encodeAbiParameters(SEED, [hash, node]));
  return draw(rules, seed, 1, [rules.nodes.get(node)?.operator ?? zeroAddress])[0];
}

/** The hash of a block, as long as it is within reach. */
export function hashOf(ledger: Ledger, block: number) {
  return ledger.block - block <= HASH_LIFE ? ledger.hashes.get(block) : undefined;
}
