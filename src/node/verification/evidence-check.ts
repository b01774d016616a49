// SPDX-License-Identifier: MIT
/** Owns the second look at proofs and signatures that the chain accepted: a mismatch means that a contract is wrong. */
import { isAddressEqual, recoverAddress } from "viem";

import { getEnclaveKey } from "../../client/actions/getEnclaveKey.ts";
import { Evidence, pathOf } from "../../protocol/evidence.ts";
import { resultIn } from "../../protocol/request.ts";
import { hashResult, hashResults, resultBinding } from "../../protocol/typed-data.ts";
import { verifyZkmlEvidence } from "../../zkml/index.ts";
import { readEvidenceCall } from "../../verifier/evidenceCall.ts";
import type { KnownModel } from "../models.ts";
import type { EvidencePiece, TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";

/** Pieces that are remembered; all are forgotten at once, and those still needed are looked at again. */
const MAX_CHECKED = 50_000;

export class EvidenceCheck {
  readonly #shared: Shared;
  readonly #checked = new CheckedPieces();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** The pieces that were brought in or after `fromBlock` and not looked at yet. */
  pending(tracked: TrackedRequest, fromBlock: bigint): EvidencePiece[] {
    return tracked.pieces.filter(
      (piece) =>
        piece.kind !== Evidence.VANILLA &&
        piece.blockNumber >= fromBlock &&
        !this.#checked.has(tracked, piece),
    );
  }

  async check(tracked: TrackedRequest, piece: EvidencePiece, known: KnownModel): Promise<void> {
    const { logger } = this.#shared;
    const refusal = await this.#refusalOf(tracked, piece, known);
    this.#checked.add(tracked, piece);
    const fields = { request: tracked.id, path: pathOf(piece.kind) };
    if (refusal === undefined) logger.info(fields, "evidence is right");
    else logger.error({ ...fields, refusal }, "the chain accepted evidence that proves nothing");
  }

  /** Why the evidence proves nothing; undefined if it does. */
  async #refusalOf(tracked: TrackedRequest, piece: EvidencePiece, known: KnownModel) {
    const { chain } = this.#shared;
    const result = resultIn(tracked);
    const digest = hashResult(chain.domain, { ...result, requestId: tracked.id });
    const { data: evidence, shared } = await readEvidenceCall(chain.client, {
      deployment: chain.deployment,
      transactionHash: piece.transactionHash,
      id: tracked.id,
      kind: piece.kind,
    });
    if (piece.kind === Evidence.ZKML) {
      if (known.verifyingKey === undefined) return "the model has no circuit";
      const verdict = await verifyZkmlEvidence({
        verifyingKey: known.verifyingKey,
        inputCommitment: tracked.request.inputCommitment,
        outputCommitment: result.outputCommitment,
        binding: resultBinding(digest),
        evidence,
      });
      return verdict.valid ? undefined : verdict.reason;
    }

    const hash = shared === undefined ? digest : hashResults(shared);
    const signer = await recoverAddress({ hash, signature: evidence }).catch(() => undefined);
    if (signer === undefined) return "the signature is malformed";
    const { client, deployment } = chain;
    const key = await getEnclaveKey(client, { deployment, key: signer });
    if (key.admittedAt === 0) return "the signer was never admitted";
    if (!isAddressEqual(key.node, result.node)) return "the key is another node's";
    return key.modelId === known.id ? undefined : "the key is of another model";
  }
}

/** Which pieces were looked at. A reorganisation makes pieces anew and brings most of them back: those say nothing new. */
export class CheckedPieces {
  readonly #names = new Set<string>();

  has(tracked: TrackedRequest, piece: EvidencePiece): boolean {
    return this.#names.has(nameOf(tracked, piece));
  }

  add(tracked: TrackedRequest, piece: EvidencePiece): void {
    if (this.#names.size >= MAX_CHECKED) this.#names.clear();
    this.#names.add(nameOf(tracked, piece));
  }
}

/** The evidence, by its transaction, and the result that it is about. */
function nameOf({ id, outputCommitment, units }: TrackedRequest, piece: EvidencePiece): string {
  return [id, outputCommitment, units, piece.kind, piece.transactionHash].join(":");
}
