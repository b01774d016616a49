// SPDX-License-Identifier: MIT
/** Owns what events say about orders without a record, and about the claims under one root that some of them are part of. */
import type { Address } from "viem";

import type { Hex32, ModelId, RequestId } from "../protocol/ids.ts";
import { merkleProof } from "../protocol/merkle.ts";
import { resultIn } from "../protocol/request.ts";
import { State } from "../protocol/state.ts";
import { type AssayDomain, hashResult } from "../protocol/typed-data.ts";
import type { ChainEvent } from "./events.ts";

/** Claims of one node under one root. */
export interface TrackedClaims {
  root: Hex32;
  node: Address;
  modelId: ModelId;
  dataNode: Address;
  /** Unix seconds: start of their window. */
  clock: number;
  /** All that were entered, in the order of the tree's leaves. */
  orders: readonly SettledOrder[];
  /** Those that were not extracted; none once they are final. */
  left: Set<RequestId>;
}

/** An order that was settled without a record. */
export interface SettledOrder {
  id: RequestId;
  node: Address;
  outputCommitment: Hex32;
  units: number;
  /** DELIVERED, as a claim, or FINAL. */
  state: State;
  /** Hash of the block that brought it. */
  deliveredIn: Hex32;
  blockNumber: bigint;
  transactionHash: Hex32;
  /** Of a claim. */
  claims: TrackedClaims | undefined;
}

export class SettledOrders {
  readonly #orders = new Map<RequestId, SettledOrder>();
  readonly #claims = new Map<Hex32, TrackedClaims>();
  /** Claimed in the transaction that is being applied, whose root comes after them. */
  #claimed: SettledOrder[] = [];

  get(id: RequestId): SettledOrder | undefined {
    return this.#orders.get(id);
  }

  all(): Iterable<SettledOrder> {
    return this.#orders.values();
  }

  /** Those that can still be extracted or made final. */
  *openClaims(): Iterable<TrackedClaims> {
    for (const claims of this.#claims.values()) if (claims.left.size > 0) yield claims;
  }

  /** Roots whose claims are over and whose orders were all forgotten. */
  *forgottenRoots(): Iterable<Hex32> {
    for (const [root, { left, orders }] of this.#claims) {
      if (left.size === 0 && !orders.some(({ id }) => this.#orders.has(id))) yield root;
    }
  }

  /** @param name An order's id, or a root. */
  forget(name: Hex32): void {
    this.#orders.delete(name);
    this.#claims.delete(name);
  }

  reset(): void {
    this.#orders.clear();
    this.#claims.clear();
    this.#claimed = [];
  }

  /** Returns the orders whose state it changed. */
  apply(event: ChainEvent): SettledOrder[] {
    switch (event.eventName) {
      case "OrderSettled":
        return [this.#settle(event, State.FINAL)];
      case "OrderClaimed": {
        const order = this.#settle(event, State.DELIVERED);
        this.#claimed.push(order);
        return [order];
      }
      case "ClaimsEntered": {
        const { root, node, modelId, dataNode, claims } = event.args;
        const orders = this.#claimed;
        const left = new Set(orders.map(({ id }) => id));
        const entered = { root, node, modelId, dataNode, clock: claims.clock, orders, left };
        for (const order of orders) order.claims = entered;
        this.#claims.set(root, entered);
        this.#claimed = [];
        return [];
      }
      case "ClaimExtracted":
        this.#claims.get(event.args.root)?.left.delete(event.args.id);
        return [];
      case "ClaimsFinal":
        return this.#finish(event.args.root);
      default:
        return [];
    }
  }

  #settle(
    event: Extract<ChainEvent, { eventName: "OrderSettled" | "OrderClaimed" }>,
    state: State,
  ): SettledOrder {
    const { blockHash: deliveredIn, blockNumber, transactionHash, args } = event;
    const { id } = args;
    const where = { deliveredIn, blockNumber, transactionHash };
    const order = { id, ...resultIn(args), state, ...where, claims: undefined };
    this.#orders.set(id, order);
    return order;
  }

  #finish(root: Hex32): SettledOrder[] {
    const claims = this.#claims.get(root);
    const finished = claims?.orders.filter(({ id }) => claims.left.has(id)) ?? [];
    for (const order of finished) order.state = State.FINAL;
    claims?.left.clear();
    return finished;
  }
}

/** What leads from one of these claims to their root. */
export function proofOf({ orders }: TrackedClaims, id: RequestId, domain: AssayDomain): Hex32[] {
  const leaves = orders.map((order) =>
    hashResult(domain, { ...resultIn(order), requestId: order.id }),
  );
  return merkleProof(
    leaves,
    orders.findIndex((order) => order.id === id),
  );
}
