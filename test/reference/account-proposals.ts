// SPDX-License-Identifier: MIT
// Money and stake that move by themselves, and what the guardian does.
import { zeroAddress } from "viem";

import type { Chance } from "./chance.ts";
import type { Keeper } from "./earnings.ts";
import type { Habits } from "./habits.ts";
import type { Ledger } from "./ledger.ts";
import type { Proposals } from "./proposal.ts";
import type { Scene } from "./scene.ts";

const KEEPERS: readonly Keeper[] = ["market", "orders"];

export function proposeAccounts(
  scene: Scene,
  chance: Chance,
  habits: Habits,
): Proposals<
  | "deposit"
  | "withdraw"
  | "transfer"
  | "reserve"
  | "release"
  | "collect"
  | "payPool"
  | "optIn"
  | "optOut"
  | "pause"
  | "unpause"
  | "revokeMeasurement"
  | "mine"
> {
  const { rules, people, signers, modelIds, nodes, clients, everybody } = scene;
  const { market } = rules;
  const { stranger } = people;
  const { mostly, amount, account, promiseIn } = habits;
  const reserve = (ledger: Ledger) => {
    const by = chance.pick(clients);
    const node = chance.pick(nodes);
    const signer = chance.happens(0.03) ? zeroAddress : chance.pick(signers);
    const until = ledger.time + chance.between(chance.happens(0.1) ? -5 : 60, 300);
    return {
      by,
      node: chance.happens(0.03) ? zeroAddress : node,
      amount: amount(90),
      until,
      signer,
    };
  };
  const earner = (ledger: Ledger, pot: "own" | "pool") => {
    const all = KEEPERS.flatMap((keeper) =>
      Array.from(ledger.earned[keeper], ([node, earned]) => ({ keeper, node, left: earned[pot] })),
    );
    const fitting = all.filter(({ left }) => left > 0n);
    return chance.pickOr(chance.happens(0.9) ? fitting : all, {
      keeper: chance.pick(KEEPERS),
      node: chance.pick(nodes),
      left: 0n,
    });
  };

  return {
    deposit: () => {
      const by = chance.pick(everybody);
      return { call: "deposit", by, account: account(by), amount: amount(80) };
    },
    withdraw: () => {
      const by = chance.pick(everybody);
      return { call: "withdraw", by, to: account(by), amount: amount(60) };
    },
    transfer: () => {
      const [by, to] = [chance.pick(everybody), chance.pick(everybody)];
      return { call: "transfer", by, to: account(to), amount: amount(60) };
    },
    reserve: (ledger) => ({ call: "reserve", ...reserve(ledger) }),
    release: (ledger) => {
      const { client, node, signer } = promiseIn(ledger) ?? {};
      if (client === undefined || node === undefined || signer === undefined) return undefined;
      const until = ledger.reserved.get(`${client} ${node} ${signer}`)?.until ?? 0;
      const time = until + market.longestOrder;
      return { call: "release", by: mostly(client), node, signer, near: time };
    },
    collect: (ledger) => {
      const { keeper, node } = earner(ledger, "own");
      return { call: "collect", by: stranger, keeper, node };
    },
    payPool: (ledger) => {
      const { keeper, node } = earner(ledger, "pool");
      return { call: "payPool", by: stranger, keeper, node };
    },
    optIn: () => ({
      call: "optIn",
      by: chance.pick(nodes),
      modelId: chance.pick(modelIds),
      amount: amount(30),
    }),
    optOut: () => ({
      call: "optOut",
      by: chance.pick(nodes),
      modelId: chance.pick(modelIds),
      amount: amount(70),
    }),
    pause: () => ({ call: "pause", by: mostly(people.owner) }),
    unpause: () => ({ call: "unpause", by: mostly(people.owner) }),
    revokeMeasurement: () => {
      const modelId = chance.pick(modelIds.slice(1));
      return { call: "revokeMeasurement", by: mostly(people.owner), modelId };
    },
    mine: () => ({ call: "mine", by: people.owner, blocks: chance.between(2, 9) }),
  };
}
