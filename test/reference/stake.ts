// SPDX-License-Identifier: MIT
// What nodes put at risk: locked behind work, unlocked, slashed.
import type { Address, Hex } from "viem";

import { pay } from "./accounts.ts";
import { add, keyOf, type Ledger, type Stake } from "./ledger.ts";
import { refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";

export function stakeOf(ledger: Ledger, node: Address, modelId: Hex): Stake {
  const key = keyOf(node, modelId);
  const stake = ledger.stakes.get(key) ?? { opted: 0n, locked: 0n };
  ledger.stakes.set(key, stake);
  return stake;
}

export const isServing = (ledger: Ledger, node: Address, modelId: Hex): boolean =>
  stakeOf(ledger, node, modelId).opted !== 0n;

/** Who has nothing left to lose does not serve, even for a bond of nothing. */
export function lock(ledger: Ledger, node: Address, modelId: Hex, bond: bigint): void {
  const stake = stakeOf(ledger, node, modelId);
  const available = stake.opted - stake.locked;
  refuseIf(available === 0n || bond > available, "ModelStakeInsufficient");
  stake.locked += bond;
}

export function unlock(ledger: Ledger, node: Address, modelId: Hex, bond: bigint): void {
  const stake = stakeOf(ledger, node, modelId);
  refuseIf(bond > stake.locked, "ModelStakeInsufficient");
  stake.locked -= bond;
}

/** Takes locked stake: `recovered` goes to the market, the rest is burned. */
export function slash(
  rules: Rules,
  ledger: Ledger,
  { node, modelId }: { node: Address; modelId: Hex },
  bond: bigint,
  recovered: bigint,
): void {
  unlock(ledger, node, modelId, bond);
  stakeOf(ledger, node, modelId).opted -= bond;
  ledger.burnedStake += bond - recovered;
  pay(ledger, rules.contracts.nodes, rules.contracts.market, recovered);
}

/** A silent juror's penalty, burned. Jurors hold enough, so that none loses its seat. */
export function slashJuror(rules: Rules, ledger: Ledger, juror: Address): void {
  const penalty = rules.court.jurorPenalty;
  const free = ledger.freeStakes.get(juror) ?? 0n;
  const slashed = penalty < free ? penalty : free;
  add(ledger.freeStakes, juror, -slashed);
  ledger.burnedStake += slashed;
}

interface Opt {
  modelId: Hex;
  amount: bigint;
}

export function optIn(ledger: Ledger, by: Address, { modelId, amount }: Opt): void {
  refuseIf(amount > (ledger.freeStakes.get(by) ?? 0n), "StakeInsufficient");
  add(ledger.freeStakes, by, -amount);
  stakeOf(ledger, by, modelId).opted += amount;
}

/** Never what backs open requests. */
export function optOut(ledger: Ledger, by: Address, { modelId, amount }: Opt): void {
  const stake = stakeOf(ledger, by, modelId);
  refuseIf(amount > stake.opted - stake.locked, "ModelStakeInsufficient");
  stake.opted -= amount;
  add(ledger.freeStakes, by, amount);
}
