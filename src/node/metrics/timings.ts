// SPDX-License-Identifier: MIT
/**
 * Owns when this node's requests arrived, and from that how long they took. What was open when the process started has
 * no known arrival and is not timed. At most `LIMIT` are timed at once; more are not timed.
 */
import { type Address, isAddressEqual, zeroAddress } from "viem";

import { Evidence, hasEvidence, type EvidenceSet, type Path } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { isTerminal, State } from "../../protocol/state.ts";
import type { RequestBook, TrackedRequest } from "../request-book.ts";
import type { Metrics } from "./metrics.ts";

const LIMIT = 50_000;
/** An order that the chain does not show by then was never brought. */
const LONGEST_MS = 24 * 3_600_000;

interface Timed {
  path: Path;
  arrivedAt: number;
  answered: boolean;
  ended: boolean;
}

/** The path that decides when a request is final: of several, the one that takes longest. */
export function slowestPath(required: EvidenceSet): Path {
  if (hasEvidence(required, Evidence.ZKML)) return "zkml";
  return hasEvidence(required, Evidence.TEE) ? "tee" : "vanilla";
}

export class Timings {
  readonly #node: Address;
  readonly #metrics: Metrics;
  readonly #now: () => number;
  readonly #timed = new Map<RequestId, Timed>();
  #isFirst = true;

  constructor(node: Address, metrics: Metrics, now: () => number = Date.now) {
    this.#node = node;
    this.#metrics = metrics;
    this.#now = now;
  }

  /** A request or order came, now or at another moment that was written down; later calls change nothing. */
  arrived(id: RequestId, required: EvidenceSet, arrivedAt: number = this.#now()): void {
    if (this.#timed.has(id) || this.#timed.size >= LIMIT) return;
    const path = slowestPath(required);
    this.#timed.set(id, { path, arrivedAt, answered: false, ended: false });
  }

  /** It was refused: it is not this node's. */
  forget(id: RequestId): void {
    this.#timed.delete(id);
  }

  /** Its answer is signed. */
  answered(id: RequestId): void {
    const timed = this.#timed.get(id);
    if (timed === undefined || timed.answered) return;
    timed.answered = true;
    this.#metrics.observe("timeToResult", { path: timed.path }, this.#since(timed));
  }

  /** Looks for what came and what ended since the last block. */
  onHead(book: RequestBook): void {
    for (const tracked of book.all()) {
      const { id, state, request } = tracked;
      if (this.#isFirst) this.#skip(tracked);
      else if (!isTerminal(state) && this.#concerns(tracked))
        this.arrived(id, request.requiredEvidence);

      const timed = this.#timed.get(id);
      if (timed === undefined || timed.ended || !isTerminal(state)) continue;
      timed.ended = true;
      if (state === State.FINAL && isAddressEqual(tracked.node, this.#node))
        this.#metrics.observe("timeToFinal", { path: timed.path }, this.#since(timed));
    }
    this.#isFirst = false;
    this.#forget(book);
  }

  /** Age in seconds of a request that was timed. */
  ageOf(id: RequestId): number | undefined {
    const timed = this.#timed.get(id);
    return timed === undefined ? undefined : this.#since(timed);
  }

  /** What was there at the start is marked as done, so that a reorganisation does not time it either. */
  #skip({ id, request }: TrackedRequest): void {
    this.arrived(id, request.requiredEvidence);
    const timed = this.#timed.get(id);
    if (timed !== undefined) Object.assign(timed, { answered: true, ended: true });
  }

  #concerns({ request, node }: TrackedRequest): boolean {
    const server = node === zeroAddress ? request.node : node;
    return server === zeroAddress || isAddressEqual(server, this.#node);
  }

  /** What the book forgot will not end twice; an order is not in the book until it is brought. */
  #forget(book: RequestBook): void {
    const oldest = this.#now() - LONGEST_MS;
    for (const [id, { ended, arrivedAt }] of this.#timed)
      if ((ended || arrivedAt < oldest) && book.get(id) === undefined) this.#timed.delete(id);
  }

  #since({ arrivedAt }: Timed): number {
    return (this.#now() - arrivedAt) / 1_000;
  }
}
