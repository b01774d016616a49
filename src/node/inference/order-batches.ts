// SPDX-License-Identifier: MIT
/**
 * Owns how orders without a record are brought: those that are due of one model, data node and kind together, at most
 * `MAX_TOGETHER`; one that was refused, alone. One transaction of a kind is under way at a time; what comes meanwhile waits for the
 * next.
 */
import { concat, type Hex, keccak256 } from "viem";

import { fulfilOrder } from "../../client/actions/fulfilOrder.ts";
import { fulfilOrders } from "../../client/actions/fulfilOrders.ts";
import { type Evidence, pathOf } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { type Order, toOrder } from "../../protocol/order.ts";
import type { Head } from "../follower/index.ts";
import { describeError } from "../log.ts";
import type { KnownModel } from "../models.ts";
import { revertName } from "../races.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import type { EvidenceMaker } from "./evidence-maker.ts";
import type { SignedOrder } from "./orders.ts";

const MAX_TOGETHER = 32;
/** Orders whose transaction is remembered; older ones are on chain, or are brought anew. */
const MAX_REMEMBERED = 10_000;

/** An order that can be brought now. */
export interface DueOrder {
  id: RequestId;
  signed: SignedOrder;
  known: KnownModel;
  kind: Evidence;
  /** The settler skipped it among others. */
  isRefused: boolean;
}

/** A due order with its result and evidence. */
interface ReadyOrder {
  id: RequestId;
  order: Order;
  evidence: Hex;
}

export class OrderBatches {
  readonly #shared: Shared;
  readonly #answers: Answers;
  readonly #evidence: EvidenceMaker;
  /** The orders that each one was sent with, so that what is sent again is the same transaction. */
  readonly #together = new Map<RequestId, readonly ReadyOrder[]>();
  /** In which block each one was mined: until that is followed the book does not know it. */
  readonly #minedIn = new Map<RequestId, bigint>();
  readonly #unprovable = new Set<RequestId>();

  constructor(shared: Shared, answers: Answers, evidence: EvidenceMaker) {
    this.#shared = shared;
    this.#answers = answers;
    this.#evidence = evidence;
  }

  onHead(due: readonly DueOrder[], head: Head): void {
    const groups = new Map<string, DueOrder[]>();
    for (const each of due) {
      if ((this.#minedIn.get(each.id) ?? 0n) > head.number) continue;
      const { modelId, dataNode } = each.signed.request;
      const name = each.isRefused ? each.id : `${modelId}-${dataNode}-${each.kind}`;
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [each]);
      else if (group.length < MAX_TOGETHER) group.push(each);
    }
    for (const [name, [first, ...others]] of groups) {
      if (first === undefined) continue;
      const fields = { request: first.id, others: others.length };
      this.#shared.tasks.offer(`bring:${name}`, fields, () => this.#bring([first, ...others]));
    }
  }

  async #bring(due: readonly DueOrder[]): Promise<void | "waits"> {
    const again = due
      .map(({ id, isRefused }) => (isRefused ? undefined : this.#together.get(id)))
      .find((sent) => sent !== undefined);
    if (again !== undefined) return this.#send(again);
    const made = await Promise.all(due.map((each) => this.#make(each)));
    const ready = made.filter((each) => each !== undefined);
    return ready.length === 0 ? "waits" : this.#send(ready);
  }

  /** Undefined while its evidence is being made, or cannot be: the others do not wait for it. */
  async #make({ id, signed, known, kind }: DueOrder): Promise<ReadyOrder | undefined> {
    try {
      const answer = await this.#answers.get(id);
      const evidence = await this.#evidence.make(id, answer, known, kind);
      if (evidence === undefined) return undefined;
      return { id, order: toOrder({ ...signed, result: answer.result, kind }), evidence };
    } catch (error) {
      const { logger } = this.#shared;
      if (!this.#unprovable.has(id)) {
        this.#unprovable.add(id);
        logger.warn({ request: id, ...describeError(error) }, "the order has no evidence yet");
      }
      return undefined;
    }
  }

  async #send(ready: readonly ReadyOrder[]): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const [first] = ready;
    if (first === undefined) return;
    this.#remember(ready);
    const orders = ready.map(({ order }) => order);
    const evidence = ready.map((each) => each.evidence);
    const isOne = ready.length === 1;
    const name = isOne ? first.id : keccak256(concat(ready.map(({ id }) => id)));
    try {
      const { hash, receipt } = await sender.send(
        `deliver:${name}`,
        (client) =>
          isOne
            ? fulfilOrder(client, { deployment, ...first })
            : fulfilOrders(client, { deployment, orders, evidence }),
        ONCE,
      );
      for (const { id } of ready) {
        this.#minedIn.set(id, receipt.blockNumber);
        const path = pathOf(first.order.kind);
        logger.info({ request: id, path, together: ready.length, transaction: hash }, "delivered");
      }
    } catch (error) {
      if (isOne || revertName(error) !== "ModelStakeInsufficient") throw error;
      // Stake for some of them may be free.
      for (const { id } of ready) this.#together.delete(id);
      await this.#send(ready.slice(0, ready.length >> 1));
    }
  }

  #remember(ready: readonly ReadyOrder[]): void {
    for (const { id } of ready) this.#together.set(id, ready);
    for (const known of [this.#together, this.#minedIn]) {
      for (const [id] of known) if (known.size > MAX_REMEMBERED) known.delete(id);
    }
    if (this.#unprovable.size > MAX_REMEMBERED) this.#unprovable.clear();
  }
}
