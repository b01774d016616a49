// SPDX-License-Identifier: MIT
/** Where the gas of a transaction goes, from the steps of its execution. */
import { type Hex, numberToHex } from "viem";

import type { GasWorld } from "./world.ts";

/** In the order of the columns. */
const CATEGORIES = [
  "transaction",
  "calldata",
  "new slots",
  "changed slots",
  "reads",
  "calls",
  "precompiles",
  "logs",
  "computation",
  "returned",
] as const;
type Category = (typeof CATEGORIES)[number];
type Shares = Partial<Record<Category, number>>;

/** The gas of a transaction by contract and category; together they are what it used. */
export type Breakdown = Record<string, Shares>;

/** An entry of debug_traceTransaction's `structLogs`. */
interface Step {
  op: string;
  /** Left before it. */
  gas: number;
  /** Its own price; of a call, with what the callee was given. */
  gasCost: number;
  depth: number;
  stack: readonly Hex[];
  /** Earned until then by clearing slots. */
  refund?: number;
}

/** The row of what belongs to no contract. */
const OUTSIDE = "outside";
const ALL = "all";
const TRANSACTION_GAS = 21_000;
/** The least prices of writing a slot that was zero, and one that was not. */
const NEW_SLOT_GAS = 20_000;
const CHANGED_SLOT_GAS = 2_900;
/** At most this part of what was used is returned. */
const MOST_RETURNED = 1 / 5;
/** Of Osaka: 0x01 to 0x11, and P-256. */
const LAST_PRECOMPILE = 0x11n;
const P256 = 0x100n;

/** @throws {RangeError} if the parts are not the whole. */
export async function breakDown(world: GasWorld, hash: Hex): Promise<Breakdown> {
  const [{ gas, to }, { gasUsed }, steps] = await Promise.all([
    world.chain.getTransaction({ hash }),
    world.chain.getTransactionReceipt({ hash }),
    stepsOf(world, hash),
  ]);
  const names = new Map(
    Array.from(world.names, ([address, name]) => [BigInt(address), name] as const),
  );
  const nameOf = (address: bigint) => names.get(address) ?? numberToHex(address, { size: 20 });

  const breakdown: Breakdown = {};
  let used = 0;
  const add = (row: string, category: Category, cost: number): void => {
    const shares = (breakdown[row] ??= {});
    shares[category] = (shares[category] ?? 0) + cost;
    used += cost;
  };
  /** Adds the steps of one call, from this index; returns the index behind them. */
  const addCall = (start: number, contract: string): number => {
    const depth = steps[start]?.depth;
    let index = start;
    for (let step = steps[index]; step !== undefined && step.depth === depth; step = steps[index]) {
      const before = used;
      index += 1;
      if ((steps[index]?.depth ?? 0) > depth) index = addCall(index, nameOf(calleeOf(step)));
      const next = steps[index];
      const inside = used - before;
      const cost = next?.depth === depth ? step.gas - next.gas - inside : step.gasCost;
      add(contract, categoryOf(step), cost);
    }
    return index;
  };

  const given = steps[0]?.gas ?? Number(gas);
  add(OUTSIDE, "transaction", TRANSACTION_GAS);
  add(OUTSIDE, "calldata", Number(gas) - given - TRANSACTION_GAS);
  addCall(0, nameOf(BigInt(to ?? 0)));
  add(OUTSIDE, "returned", -Math.min(steps.at(-1)?.refund ?? 0, Math.floor(used * MOST_RETURNED)));
  if (BigInt(used) !== gasUsed)
    throw new RangeError(`the parts of ${hash} are ${used} gas together, not ${gasUsed}`);
  return breakdown;
}

async function stepsOf({ chain }: GasWorld, hash: Hex): Promise<readonly Step[]> {
  const { structLogs } = await chain.request<{
    Method: "debug_traceTransaction";
    Parameters: [Hex, { disableStorage: boolean }];
    ReturnType: { structLogs: readonly Step[] };
  }>({ method: "debug_traceTransaction", params: [hash, { disableStorage: true }] });
  return structLogs;
}

function categoryOf(step: Step): Category {
  const { op, gasCost } = step;
  if (op === "SLOAD") return "reads";
  if (op === "SSTORE" && gasCost >= CHANGED_SLOT_GAS)
    return gasCost >= NEW_SLOT_GAS ? "new slots" : "changed slots";
  if (/^LOG\d$/.test(op)) return "logs";
  if (op.endsWith("CALL")) return isPrecompile(calleeOf(step)) ? "precompiles" : "calls";
  return /^(EXTCODE|BALANCE)/.test(op) ? "calls" : "computation";
}

/** The address is the second word of every call's stack. */
const calleeOf = ({ stack }: Step): bigint => BigInt(stack.at(-2) ?? 0);

const isPrecompile = (address: bigint): boolean =>
  (address > 0n && address <= LAST_PRECOMPILE) || address === P256;

/** A table for people; what nothing was spent on has no column. */
export function toTable(title: string, breakdown: Breakdown): string[] {
  const all: Shares = {};
  for (const shares of Object.values(breakdown))
    for (const category of CATEGORIES)
      all[category] = (all[category] ?? 0) + (shares[category] ?? 0);
  const columns = CATEGORIES.filter((category) => all[category] !== 0);
  const toRow = ([name, shares]: [string, Shares]) => {
    const sum = columns.reduce((total, category) => total + (shares[category] ?? 0), 0);
    return [name, ...[...columns.map((category) => shares[category] ?? 0), sum].map(toCell)];
  };
  return [
    [title, ...columns, "sum"],
    ...[...Object.entries(breakdown), [ALL, all] satisfies [string, Shares]].map(toRow),
  ].map(
    ([name = "", ...cells]) => name.padEnd(26) + cells.map((cell) => cell.padStart(14)).join(""),
  );
}

const toCell = (gas: number): string => (gas === 0 ? "" : gas.toLocaleString("en"));
