// SPDX-License-Identifier: MIT
import type { RequestId } from "../../protocol/ids.ts";
import type { Head } from "../follower/index.ts";
import type { Order } from "./orders.ts";

/**
 * Owns which answered orders are still to be brought. One that is on chain is kept until that is final: a reorganisation may
 * take it back, and what it relied on, so that its own transaction reverts when it is mined again.
 */
export class OpenOrders {
  readonly #open = new Map<RequestId, Order>();
  /** Of the open ones, those that are still being checked. */
  readonly #taking = new Set<RequestId>();
  readonly #brought = new Map<RequestId, { order: Order; block: bigint }>();

  /** How many are not on chain. */
  get size(): number {
    return this.#open.size;
  }

  /** Those that are not on chain. */
  entries(): Iterable<[RequestId, Order]> {
    return this.#open.entries();
  }

  /** Counts an order that is not stored yet, and that nobody may bring before it is: a killed process would forget it. */
  take(id: RequestId, order: Order): void {
    this.#open.set(id, order);
    this.#taking.add(id);
  }

  /** Opens an order that is stored. */
  keep(id: RequestId, order: Order): void {
    this.#open.set(id, order);
    this.#taking.delete(id);
  }

  delete(id: RequestId): void {
    this.#open.delete(id);
    this.#taking.delete(id);
  }

  /** Those that the chain does not know, or not any more, and that can still be brought. */
  *unsettled(head: Head, isKnown: (id: RequestId) => boolean): Iterable<[RequestId, Order]> {
    for (const [id, { order, block }] of this.#brought) {
      const isFinal = isKnown(id) && block <= head.final;
      if (!isKnown(id)) this.#open.set(id, order);
      if (isFinal || !isKnown(id)) this.#brought.delete(id);
    }
    for (const [id, order] of this.#open) {
      if (this.#taking.has(id)) continue;
      const isOver = head.timestamp >= order.request.deliverBy;
      if (!isOver && isKnown(id)) this.#brought.set(id, { order, block: head.number });
      if (isOver || isKnown(id)) this.#open.delete(id);
      else yield [id, order];
    }
  }
}
