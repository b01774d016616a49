// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import type { Hex32 } from "../../protocol/ids.ts";
import type { NodeTable } from "./node-table.ts";

/** Turns that are remembered; older ones are forgotten first, and then wait once more. */
const MAX_TURNS = 50_000;

/**
 * Owns when this node may do what any verification node could: the k-th waits k delays from the moment it sees that the
 * thing is due. If the ones before it do their work, it never acts.
 */
export class Turns {
  readonly #table: NodeTable;
  readonly #node: Address;
  readonly #delayMs: number;
  readonly #dueSince = new Map<string, number>();

  constructor(table: NodeTable, node: Address, delayMs: number) {
    this.#table = table;
    this.#node = node;
    this.#delayMs = delayMs;
  }

  /** Whether it is this node's turn to do `what` about a request; `behind` more delays go to others first. */
  isOwn(what: string, id: Hex32, behind = 0): boolean {
    const key = `${what}:${id}`;
    const since = this.#dueSince.get(key);
    if (since === undefined) {
      const [oldest] = this.#dueSince.keys();
      if (this.#dueSince.size >= MAX_TURNS && oldest !== undefined) this.#dueSince.delete(oldest);
      this.#dueSince.set(key, Date.now());
    }
    const rank = this.#table.rankOf(id, this.#node) + behind;
    return Date.now() - (since ?? Date.now()) >= rank * this.#delayMs;
  }
}
