// SPDX-License-Identifier: MIT
/** Owns who the active verification nodes are, in which order they take turns, and which of them check a result. */
import { type Address, concatHex, getAddress, keccak256 } from "viem";

import type { Hex32 } from "../../protocol/ids.ts";
import { Role } from "../../protocol/node.ts";
import type { ChainEvent, ChainView } from "../events.ts";

/** Ranks that are remembered, because they are asked for at every block; all are forgotten at once. */
const MAX_RANKS = 20_000;

export class NodeTable implements ChainView {
  readonly #active = new Set<Address>();
  readonly #ranks = new Map<Hex32, number>();

  reset(): void {
    this.#active.clear();
    this.#ranks.clear();
  }

  apply(event: ChainEvent): void {
    if (event.eventName === "NodeRegistered" && event.args.role === Role.VERIFICATION) {
      this.#active.add(event.args.node);
      this.#ranks.clear();
    }
    if (event.eventName === "NodeRetired") {
      this.#active.delete(event.args.node);
      this.#ranks.clear();
    }
  }

  /** The node's place in the draw of a seed, from 0: pseudo-random, and equal for all who look at the same chain. */
  rankOf(seed: Hex32, node: Address): number {
    const own = ticket(seed, node);
    const known = this.#ranks.get(own);
    if (known !== undefined) return known;
    let rank = 0;
    for (const other of this.#active) if (other !== node && ticket(seed, other) < own) rank += 1;
    if (this.#ranks.size >= MAX_RANKS) this.#ranks.clear();
    this.#ranks.set(own, rank);
    return rank;
  }

  /**
   * Whether the node is one of the `count` that check what a block holds about a request. That block brought the result, so
   * who delivers does not know yet who will check. A node that is not registered (yet) checks everything.
   */
  isDrawn(id: Hex32, blockHash: Hex32, node: Address, count: number): boolean {
    if (!this.#active.has(getAddress(node))) return true;
    return this.rankOf(keccak256(concatHex([id, blockHash])), node) < count;
  }
}

/** Tickets are 32 bytes in lower-case hex, so that their order as text is that of the numbers. */
function ticket(seed: Hex32, node: Address): Hex32 {
  return keccak256(concatHex([seed, node]));
}
