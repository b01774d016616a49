// SPDX-License-Identifier: MIT
import { type Address, isAddressEqual } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import { NONCE_WINDOW } from "../../protocol/order.ts";
import type { Head } from "../follower/index.ts";
import type { SignedOrder } from "./orders.ts";

/**
 * Owns which answered orders are still to be brought. One that is on chain is kept until that is final: a reorganisation may
 * take it back, and what it relied on, so that its own transaction reverts when it is mined again.
 */
export class OpenOrders {
  readonly #open = new Map<RequestId, SignedOrder>();
  /** Of the open ones, those that are still being checked. */
  readonly #taking = new Set<RequestId>();
  readonly #brought = new Map<RequestId, { order: SignedOrder; block: bigint }>();

  /** How many are not on chain. */
  get size(): number {
    return this.#open.size;
  }

  /** What the other open orders of a reservation take from it. */
  promisedBeside(id: RequestId, { request: { client, nonce }, signer }: SignedOrder): Promised {
    const promised = { amount: 0n, isNonceNear: true };
    for (const [other, { request, signer: by }] of this.#open) {
      const isAlike = isAddressEqual(request.client, client) && isSame(by, signer);
      if (other === id || !isAlike) continue;
      promised.amount += request.maxFee;
      const distance = request.nonce > nonce ? request.nonce - nonce : nonce - request.nonce;
      if (distance === 0n || distance >= NONCE_WINDOW) promised.isNonceNear = false;
    }
    return promised;
  }

  /** Counts an order that is not stored yet, and that nobody may bring before it is: a killed process would forget it. */
  take(id: RequestId, order: SignedOrder): void {
    this.#open.set(id, order);
    this.#taking.add(id);
  }

  /** Opens an order that is stored. */
  keep(id: RequestId, order: SignedOrder): void {
    this.#open.set(id, order);
    this.#taking.delete(id);
  }

  delete(id: RequestId): void {
    this.#open.delete(id);
    this.#taking.delete(id);
  }

  /** Those that the chain does not know, or not any more, and that can still be brought. */
  *unsettled(head: Head, isKnown: (id: RequestId) => boolean): Iterable<[RequestId, SignedOrder]> {
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

/** What open orders need of one reservation. */
export interface Promised {
  /** Token units. */
  amount: bigint;
  /** Whether they can be brought in any order: none moves the window of nonces past another. */
  isNonceNear: boolean;
}

function isSame(a: Address | undefined, b: Address | undefined): boolean {
  return a === undefined || b === undefined ? a === b : isAddressEqual(a, b);
}
