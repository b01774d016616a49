// SPDX-License-Identifier: MIT
/** Owns what a verification node does about results at each block: re-run, challenge, decide, vote, look at evidence. */
import { isAddressEqual } from "viem";

import { Evidence } from "../../protocol/evidence.ts";
import { State } from "../../protocol/state.ts";
import { extract } from "../claims.ts";
import type { Head } from "../follower/index.ts";
import type { KnownModel } from "../models.ts";
import { OrderReader } from "../order-reader.ts";
import type { TrackedDispute, TrackedRequest } from "../request-book.ts";
import type { SettledOrder } from "../settled-orders.ts";
import type { Shared } from "../shared.ts";
import type { Challenger } from "./challenger.ts";
import type { EvidenceCheck } from "./evidence-check.ts";
import type { Juror } from "./juror.ts";
import type { Keeper } from "./keeper.ts";
import type { Rechecks } from "./rechecks.ts";
import type { Turns } from "./turns.ts";

export interface WatchParts {
  rechecks: Rechecks;
  challenger: Challenger;
  juror: Juror;
  evidence: EvidenceCheck;
  keeper: Keeper;
  turns: Turns;
  /** Whether this node checks the delivered result. */
  isDrawn: (delivered: Pick<TrackedRequest, "id" | "deliveredIn">) => boolean;
}

export class Watch {
  readonly #shared: Shared;
  readonly #parts: WatchParts;
  readonly #reader: OrderReader;
  /** Evidence of before the start was looked at by an earlier process, or by others. */
  #startBlock: bigint | undefined;

  constructor(shared: Shared, parts: WatchParts) {
    this.#shared = shared;
    this.#parts = parts;
    this.#reader = new OrderReader(shared);
  }

  onHead(head: Head): void {
    this.#startBlock ??= head.number;
    const { book, models } = this.#shared;
    const { isDrawn } = this.#parts;
    this.#reader.onHead((order) => this.#concerns(order) && isDrawn(order));
    for (const tracked of book.all()) {
      const known = models.get(tracked.request.modelId);
      if (known === undefined) continue;
      this.#lookAtEvidence(tracked, known, this.#startBlock);
      if (tracked.state === State.DELIVERED) this.#lookAtClaim(tracked, known, head);
      if (tracked.state === State.DISPUTED) this.#lookAtDispute(tracked, known, head);
    }
  }

  /** Claims of models that this node has, and evidence of since its start. */
  #concerns({ claims, blockNumber }: SettledOrder): boolean {
    if (claims !== undefined) return this.#shared.models.get(claims.modelId) !== undefined;
    return this.#startBlock !== undefined && blockNumber >= this.#startBlock;
  }

  #lookAtEvidence(tracked: TrackedRequest, known: KnownModel, fromBlock: bigint): void {
    const { evidence, isDrawn } = this.#parts;
    const { id } = tracked;
    const pieces = evidence.pending(tracked, fromBlock);
    if (pieces.length === 0 || !isDrawn(tracked)) return;
    for (const piece of pieces) {
      const check = () => evidence.check(tracked, piece, known);
      this.#shared.quick.offer(`evidence:${id}:${piece.kind}`, { request: id }, check);
    }
  }

  #lookAtClaim(tracked: TrackedRequest, known: KnownModel, head: Head): void {
    const { windows, tasks, quick } = this.#shared;
    const { rechecks, challenger, turns } = this.#parts;
    const { id } = tracked;
    if (!rechecks.canJudge(tracked, known)) return;
    const isWrong = rechecks.isWrong(tracked);
    if (isWrong === undefined) {
      if (!this.#parts.isDrawn(tracked)) return;
      quick.offer(`recheck:${id}`, { request: id }, () => rechecks.run(tracked));
      return;
    }
    const opinion = rechecks.get(id);
    if (!isWrong || opinion === undefined) return;

    const end = windows.endOf(tracked);
    if (end === undefined) {
      quick.offer(`window:${id}`, { request: id }, () => windows.read(tracked));
      return;
    }
    if (head.timestamp >= end || !turns.isOwn("challenge", id)) return;
    const claims = tracked.order?.claims;
    if (claims !== undefined) {
      const task = () => extract(this.#shared, tracked, claims);
      tasks.offer(`extract:${id}`, { request: id }, task);
      return;
    }
    const advance = () => challenger.advance(tracked, opinion, head);
    tasks.offer(`challenge:${id}`, { request: id }, advance);
  }

  #lookAtDispute(tracked: TrackedRequest, known: KnownModel, head: Head): void {
    const { id, dispute } = tracked;
    if (dispute === undefined) return;
    const { chain, tasks, quick } = this.#shared;
    const { rechecks, challenger } = this.#parts;
    const isChallenger = isAddressEqual(dispute.challenger, chain.address);
    const isJuror = dispute.jurors.some((juror) => isAddressEqual(juror, chain.address));
    if (!isChallenger && !isJuror) return;

    if (isJuror) this.#reveal(tracked, dispute, head);
    if (head.timestamp >= dispute.evidenceBy || !rechecks.canJudge(tracked, known)) return;
    const opinion = rechecks.get(id);
    if (opinion === undefined) {
      quick.offer(`recheck:${id}`, { request: id }, () => rechecks.run(tracked));
    } else if (isChallenger && dispute.arbiter === Evidence.ZKML) {
      const decide = () => challenger.decide(tracked, opinion);
      tasks.offer(`decide:${id}`, { request: id }, decide);
    } else if (isJuror && !dispute.committed.has(chain.address)) {
      const commit = () => this.#parts.juror.commit(tracked, opinion);
      tasks.offer(`vote:${id}`, { request: id }, commit);
    }
  }

  #reveal(tracked: TrackedRequest, dispute: TrackedDispute, head: Head): void {
    const { id } = tracked;
    const { chain, store, tasks } = this.#shared;
    const { juror, keeper } = this.#parts;
    const revealBy = keeper.revealBy(tracked);
    const isTime =
      revealBy !== undefined && head.timestamp >= dispute.evidenceBy && head.timestamp < revealBy;
    const isDue = dispute.committed.has(chain.address) && !dispute.revealed.has(chain.address);
    if (!isTime || !isDue || !store.has("votes", id)) return;
    tasks.offer(`reveal:${id}`, { request: id }, () => juror.reveal(tracked));
  }
}
