// SPDX-License-Identifier: MIT
/** Owns what an inference node does at each block: looks at every request it may serve and offers the next step. */
import { isAddressEqual, zeroAddress } from "viem";

import { NO_EVIDENCE } from "../../protocol/evidence.ts";
import { leavesNoRecord } from "../../protocol/order.ts";
import { State } from "../../protocol/state.ts";
import { finish } from "../claims.ts";
import type { Head } from "../follower/index.ts";
import type { KnownModel } from "../models.ts";
import { OrderReader } from "../order-reader.ts";
import type { TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import type { Archive } from "./archive.ts";
import type { Enclaves } from "./enclaves.ts";
import type { DueOrder, OrderBatches } from "./order-batches.ts";
import type { Orders, SignedOrder } from "./orders.ts";
import type { Job, Settlement } from "./settlement.ts";
import { nextStep, type Situation, type Step } from "./steps.ts";

export interface WorkParts {
  answers: Answers;
  archive: Archive;
  enclaves: Enclaves;
  orders: Orders;
  orderBatches: OrderBatches;
  settlement: Settlement;
  minUnitPrice: bigint;
}

export class Work {
  readonly #shared: Shared;
  readonly #parts: WorkParts;
  readonly #reader: OrderReader;

  constructor(shared: Shared, parts: WorkParts) {
    this.#shared = shared;
    this.#parts = parts;
    this.#reader = new OrderReader(shared);
  }

  onHead(head: Head): void {
    const { book, quick } = this.#shared;
    const { archive, orderBatches, orders } = this.#parts;
    for (const tracked of book.pending()) this.#look(tracked, head);
    const due: DueOrder[] = [];
    for (const [id, order] of orders.unsettled(head)) this.#lookAtOrder(id, order, head, due);
    orderBatches.onHead(due, head);
    this.#reader.onHead((order) => this.#isOwn(order));
    this.#finishClaims(head);
    for (const tracked of book.all()) {
      if (this.#isOwn(tracked) && archive.isBehind(tracked)) {
        const { id } = tracked;
        quick.offer(`archive:${id}`, { request: id }, () => archive.write(tracked));
      }
    }
  }

  /** Accepted or delivered by this node. */
  #isOwn({ node }: Pick<TrackedRequest, "node">): boolean {
    return node !== zeroAddress && isAddressEqual(node, this.#shared.chain.address);
  }

  #look(tracked: TrackedRequest, head: Head): void {
    const { id, request, state } = tracked;
    const { models, windows, chain, store, quick } = this.#shared;
    const known = models.get(request.modelId);
    // An order is claimed with others, and becomes final with them.
    if (known === undefined || tracked.order !== undefined) return;

    const isOpen = state === State.OPEN;
    const isOpenToAll = request.node === zeroAddress;
    if (isOpen && request.unitPrice < this.#parts.minUnitPrice) return;
    const isNamed = isOpen && isAddressEqual(request.node, chain.address);
    const isMine = isNamed || this.#isOwn(tracked);
    if (!isMine && !(isOpen && isOpenToAll)) return;

    const finalAt = windows.endOf(tracked);
    if (finalAt === undefined) {
      quick.offer(`window:${id}`, { request: id }, () => windows.read(tracked));
    }
    const step = nextStep({
      state,
      required: request.requiredEvidence,
      evidence: tracked.evidence,
      isMine,
      isOpenToAll,
      hasInput: store.has("inputs", request.inputCommitment),
      hasAnswer: this.#parts.answers.has(id),
      hasEnclave: this.#parts.enclaves.isReady(known.id),
      now: head.timestamp,
      deliverBy: request.deliverBy,
      proveBy: request.proveBy,
      finalAt,
      teeWindow: known.registered.teeWindow,
      dispute: tracked.dispute,
    });
    this.#offer(step, { id, request, known, order: undefined });
  }

  /** Pays this node's claims whose window has closed. */
  #finishClaims(head: Head): void {
    const { book, windows, tasks, quick } = this.#shared;
    for (const claims of book.openClaims()) {
      if (!this.#isOwn(claims)) continue;
      const end = windows.endOfClaims(claims);
      if (end === undefined) quick.offer("window:claims", {}, () => windows.readOfClaims());
      if (end === undefined || head.timestamp < end) continue;
      const { root } = claims;
      tasks.offer(`finalizeClaims:${root}`, { root }, () => finish(this.#shared, claims));
    }
  }

  /** An order that the chain does not know yet: as an open request that names this node. */
  #lookAtOrder(id: Job["id"], order: SignedOrder, head: Head, due: DueOrder[]): void {
    const { request } = order;
    const known = this.#shared.models.get(request.modelId);
    if (known === undefined) return;
    const situation: Situation = {
      state: State.NONE,
      required: request.requiredEvidence,
      evidence: NO_EVIDENCE,
      isMine: true,
      isOpenToAll: false,
      hasInput: this.#shared.store.has("inputs", request.inputCommitment),
      hasAnswer: this.#parts.answers.has(id),
      hasEnclave: this.#parts.enclaves.isReady(known.id),
      now: head.timestamp,
      deliverBy: request.deliverBy,
      proveBy: request.proveBy,
      finalAt: 0,
      teeWindow: known.registered.teeWindow,
      dispute: undefined,
    };
    const step = nextStep(situation);
    const { teeWindow } = situation;
    if (step?.do === "deliver" && leavesNoRecord(request, step.kind, teeWindow)) {
      const isRefused = this.#parts.orders.isRefused(id);
      due.push({ id, signed: order, known, kind: step.kind, isRefused });
    } else {
      this.#offer(step, { id, request, known, order });
    }
  }

  #offer(step: Step | undefined, job: Job): void {
    if (step === undefined) return;
    const { tasks, quick } = this.#shared;
    const pool = step.do === "answer" ? quick : tasks;
    pool.offer(`${step.do}:${job.id}`, { request: job.id }, () => this.#take(step, job));
  }

  async #take(step: Step, job: Job & { known: KnownModel }): Promise<void | "waits"> {
    const { answers, settlement } = this.#parts;
    switch (step.do) {
      case "answer":
        await answers.make(job.id, job.request, job.known);
        this.#shared.wake();
        return;
      case "accept":
        return settlement.accept(job);
      case "deliver":
        return settlement.deliver(job, step.kind);
      case "prove":
        return settlement.prove(job, step.kind);
      case "finalize":
        return settlement.finalize(job);
      case "defend":
        return settlement.defend(job, step.kind);
      default:
        return step satisfies never;
    }
  }
}
