// SPDX-License-Identifier: MIT
// That the model itself keeps its money together: what it says is only worth something if it does.
import { State, Verdict } from "../../src/protocol/index.ts";
import { sumOf } from "./claims.ts";
import type { Ledger } from "./ledger.ts";
import type { Rules } from "./rules.ts";
import { escrowOf } from "./settle.ts";

const ENDED: readonly State[] = [State.FINAL, State.REJECTED, State.REFUNDED];

const sum = (amounts: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const amount of amounts) total += amount;
  return total;
};

/** Each contract's name with what it holds and what it owes, where the two differ. */
export function unbalanced(rules: Rules, ledger: Ledger): string[] {
  const { balances, tokens, disputes, earned } = ledger;
  const open = [...ledger.entries.values()].filter(({ state }) => !ENDED.includes(state));
  const waiting = [...disputes.values()].filter(({ verdict }) => verdict === Verdict.NONE);
  const pots = (keeper: "market" | "orders") =>
    sum([...earned[keeper].values()].map(({ own, pool }) => own + pool));
  const market =
    sum(balances.values()) +
    sum(open.map(escrowOf)) +
    pots("market") +
    ledger.bonds +
    ledger.burned;
  const orders =
    sum([...ledger.reserved.values()].map(({ amount }) => amount)) +
    sum([...ledger.claims.values()].map(({ left }) => sumOf(left, "fee"))) +
    pots("orders");
  const stakes =
    sum(ledger.freeStakes.values()) +
    sum([...ledger.stakes.values()].map(({ opted }) => opted)) +
    ledger.burnedStake;
  const bonds = BigInt(waiting.length) * rules.court.challengeBond;
  const { contracts } = rules;
  return Object.entries({
    market: [tokens.get(contracts.market) ?? 0n, market],
    orders: [balances.get(contracts.orders) ?? 0n, orders],
    nodes: [tokens.get(contracts.nodes) ?? 0n, stakes],
    bonds: [ledger.bonds, bonds],
  }).flatMap(([name, [held, owed]]) =>
    held === owed ? [] : [`the model's ${name}: holds ${held}, owes ${owed}`],
  );
}
