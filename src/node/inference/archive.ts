// SPDX-License-Identifier: MIT
/** Owns what `GET /evidence/:requestId` serves: the evidence on chain, read once from calldata and kept on disk. */
import type { NodeEvidence } from "../../client/node/types.ts";
import { toCanonicalJson } from "../../protocol/json.ts";
import { readEvidence } from "../evidence-calldata.ts";
import type { TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";

export class Archive {
  readonly #shared: Shared;
  /** Pieces written per request, by this process. */
  readonly #written = new WeakMap<TrackedRequest, number>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Whether the chain has evidence that was not written yet. */
  isBehind(tracked: TrackedRequest): boolean {
    const written = this.#written.get(tracked) ?? 0;
    return tracked.pieces.length > written;
  }

  async write(tracked: TrackedRequest): Promise<void> {
    const { chain, store } = this.#shared;
    const pieces = [...tracked.pieces];
    const evidence: NodeEvidence["evidence"] = [];
    for (const piece of pieces) {
      const data = await readEvidence(chain, piece);
      evidence.push({ kind: piece.kind, data });
    }
    const served: NodeEvidence = { requestId: tracked.id, evidence };
    await store.put("evidence", tracked.id, toCanonicalJson(served));
    this.#written.set(tracked, pieces.length);
  }
}
