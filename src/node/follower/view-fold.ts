// SPDX-License-Identifier: MIT
/**
 * Owns how far the views are. They are made of what is stored and of nothing else, at the start as later, so that a
 * restart, a reorganisation and another process's progress are the same to them.
 */
import type { Hex } from "viem";

import type { Deployment } from "../../client/deployment.ts";
import { type ChainView, decodeEvents } from "../events.ts";
import type { BlockStore, Place, Position, Snapshot } from "./block-store.ts";
import { toLog } from "./log-names.ts";

/** Events read and decoded at once: more would keep the process busy for too long. */
const PAGE = 1_000;
/** The largest number of the column. */
const LAST_LOG_INDEX = 2 ** 31 - 1;
const START: Position = { blockNumber: -1n, logIndex: -1 };

export class ViewFold {
  readonly #store: BlockStore;
  readonly #views: readonly ChainView[];
  readonly #deployment: Deployment;
  /** The newest block whose events the views have; undefined if they must be made again. */
  #folded: { number: bigint; hash: Hex } | undefined;

  constructor(store: BlockStore, views: readonly ChainView[], deployment: Deployment) {
    this.#store = store;
    this.#views = views;
    this.#deployment = deployment;
  }

  /** Brings the views to what is stored, and says what that is. */
  async update(): Promise<Place | undefined> {
    const place = await this.#store.readPlace();
    if (place?.block !== undefined && place.block.hash === this.#folded?.hash) return place;
    return this.#store.read((snapshot) => this.#fold(snapshot));
  }

  async #fold(snapshot: Snapshot): Promise<Place | undefined> {
    const place = await snapshot.readPlace();
    const folded = this.#folded;
    // Until all is applied: a view that has some of a block's events cannot go on from it.
    this.#folded = undefined;
    const goesOn = folded !== undefined && (await snapshot.readHash(folded.number)) === folded.hash;
    if (!goesOn) for (const view of this.#views) view.reset();

    let after = goesOn ? { blockNumber: folded.number, logIndex: LAST_LOG_INDEX } : START;
    for (let full = true; full;) {
      const logs = await snapshot.readLogs(after, PAGE);
      for (const event of decodeEvents(logs.map(toLog), this.#deployment)) {
        for (const view of this.#views) view.apply(event);
      }
      full = logs.length === PAGE;
      after = logs.at(-1) ?? after;
    }
    this.#folded = place?.block;
    return place;
  }
}
