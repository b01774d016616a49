// SPDX-License-Identifier: MIT
/** Owns what `GET /evidence/:requestId` serves: the evidence on chain, read once from calldata and kept on disk. */
import type { NodeEvidence, NodeEvidencePiece } from "../../client/node/types.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { toCanonicalJson } from "../../protocol/json.ts";
import { readEvidenceCall } from "../../verifier/evidenceCall.ts";
import type { EvidencePiece, TrackedRequest } from "../request-book.ts";
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
    const pieces = [...tracked.pieces];
    const evidence: NodeEvidencePiece[] = [];
    for (const piece of pieces) evidence.push(await this.#read(tracked.id, piece));
    const served: NodeEvidence = { requestId: tracked.id, evidence };
    await this.#shared.store.put("evidence", tracked.id, toCanonicalJson(served));
    this.#written.set(tracked, pieces.length);
  }

  /** A bonded claim has no bytes. */
  async #read(id: RequestId, { kind, transactionHash }: EvidencePiece): Promise<NodeEvidencePiece> {
    if (kind === Evidence.VANILLA) return { kind, data: "0x", transactionHash };
    const { client, deployment } = this.#shared.chain;
    const { data } = await readEvidenceCall(client, { deployment, transactionHash, id, kind });
    return { kind, data, transactionHash };
  }
}
