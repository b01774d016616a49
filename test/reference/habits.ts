// SPDX-License-Identifier: MIT
// What proposals have in common: mostly what is meant, now and then something else.
import { type Address, zeroAddress } from "viem";

import { NO_RESULT, type Request, type Result } from "../../src/protocol/index.ts";
import type { Chance } from "./chance.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { Order } from "./orders.ts";
import type { Scene } from "./scene.ts";
import { windowEndOf } from "./time.ts";

const near = (time: number | undefined) => (time === undefined ? {} : { near: time });

export type Habits = ReturnType<typeof createHabits>;

export function createHabits(scene: Scene, chance: Chance) {
  const { rules, signers, nodes, everybody } = scene;

  /** Mostly what is meant, else anybody. */
  const mostly = (account: Address): Address =>
    chance.happens(0.94) ? account : chance.pick(everybody);
  const amount = (most: number): bigint =>
    chance.happens(0.06) ? chance.pick([0n, 100_000n]) : chance.amount(1, most);
  const account = (meant: Address): Address => (chance.happens(0.03) ? zeroAddress : mostly(meant));
  /** What a call about a delivered request names. */
  const stated = ({ request, result = NO_RESULT }: Entry): Result =>
    chance.happens(0.95) ? result : scene.newResult(request, chance.pick(nodes));
  const nodeFor = ({ request, assigned }: Entry): Address =>
    assigned ?? (request.node === zeroAddress ? chance.pick(nodes) : request.node);
  const endOf = (entry: Entry): number | undefined => {
    const terms = rules.models.get(entry.request.modelId);
    return terms === undefined ? undefined : windowEndOf(rules, entry, terms);
  };

  /** A promise that has money, as its parts. */
  const promiseIn = (ledger: Ledger) => {
    const promises = [...ledger.reserved].filter(([, { amount: left }]) => left > 0n);
    if (promises.length === 0) return undefined;
    const [key] = chance.pick(promises);
    const [client, node, signer] = key.split(" ") as [Address, Address, Address];
    return { client, node, signer: chance.happens(0.96) ? signer : chance.pick(signers) };
  };
  const orderFrom = (request: Request, signer: Address): Order => {
    const { outputCommitment, units } = scene.newResult(request, request.node);
    const kind = scene.newKind(request);
    return { request, signer, outputCommitment, units, kind };
  };
  const evidenceOf = (order: Order, by: Address) =>
    scene.newEvidence(order.request, { ...order, node: by }, order.kind);
  return {
    mostly,
    amount,
    account,
    stated,
    nodeFor,
    endOf,
    near,
    promiseIn,
    orderFrom,
    evidenceOf,
  };
}
