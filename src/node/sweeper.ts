// SPDX-License-Identifier: MIT
/** Owns what is forgotten: content is kept until no window of its request can still be open, then removed. */
import type { Hex32, RequestId } from "../protocol/ids.ts";
import { resultIn } from "../protocol/request.ts";
import { hashResult } from "../protocol/typed-data.ts";
import { CONTENT_KINDS } from "./content.ts";
import type { Head } from "./follower/index.ts";
import type { Shared } from "./shared.ts";

/** Seconds of the chain's clock that everything is kept beyond `refundAfter`. */
const MARGIN = 3_600;
/** Content that belongs to no request is kept this long: its request may be about to come. */
const ORPHAN_MS = 3_600_000;
const EVERY_MS = 60_000;

interface SweeperParts {
  /** Forgets the stored events of requests. */
  prune: (ids: readonly RequestId[]) => Promise<number>;
  /** Content that is still needed, besides that of requests on chain. */
  namesInUse: () => Iterable<Hex32>;
}

export class Sweeper {
  readonly #shared: Shared;
  readonly #parts: SweeperParts;
  #notBefore = 0;

  constructor(shared: Shared, parts: SweeperParts) {
    this.#shared = shared;
    this.#parts = parts;
  }

  onHead(head: Head): void {
    if (Date.now() < this.#notBefore) return;
    this.#notBefore = Date.now() + EVERY_MS;
    const { tasks, quick } = this.#shared;
    tasks.forget();
    quick.forget();
    quick.offer("sweep", {}, () => this.#sweep(head));
  }

  async #sweep(head: Head): Promise<void> {
    const { book, store, logger } = this.#shared;
    const ended = book.endedBefore(head.timestamp - MARGIN);
    await this.#parts.prune(ended);
    for (const id of ended) book.forget(id);
    const kept = this.#inUse();
    let removed = 0;
    for (const kind of CONTENT_KINDS) removed += await store.sweep(kind, kept, ORPHAN_MS);
    if (removed > 0) logger.debug({ removed }, "removed what no request needs any more");
  }

  /** Every name that some remembered request may still need. */
  #inUse(): Set<Hex32> {
    const { book, chain } = this.#shared;
    const names = new Set<Hex32>(this.#parts.namesInUse());
    for (const tracked of book.all()) {
      const { id, request, outputCommitment } = tracked;
      const digest = hashResult(chain.domain, { ...resultIn(tracked), requestId: id });
      for (const name of [id, request.inputCommitment, outputCommitment, digest]) names.add(name);
    }
    return names;
  }
}
