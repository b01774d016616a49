// SPDX-License-Identifier: MIT
/** Owns who the active verification nodes are, and in which order they take turns at a request. */
import { type Address, concatHex, keccak256 } from "viem";

import type { Hex32 } from "../../protocol/ids.ts";
import { Role } from "../../protocol/node.ts";
import type { ChainEvent, ChainView } from "../events.ts";

export class NodeTable implements ChainView {
  readonly #active = new Set<Address>();

  reset(): void {
    this.#active.clear();
  }

  apply(event: ChainEvent): void {
    if (event.eventName === "NodeRegistered" && event.args.role === Role.VERIFICATION) {
      this.#active.add(event.args.node);
    }
    if (event.eventName === "NodeRetired") this.#active.delete(event.args.node);
  }

  /** The node's place for this request, from 0: pseudo-random, and equal for all who look at the same chain. */
  rankOf(id: Hex32, node: Address): number {
    const own = ticket(id, node);
    const others = [...this.#active].filter((other) => other !== node);
    return others.filter((other) => ticket(id, other) < own).length;
  }
}

function ticket(id: Hex32, node: Address): bigint {
  return BigInt(keccak256(concatHex([id, node])));
}
