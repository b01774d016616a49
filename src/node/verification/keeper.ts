// SPDX-License-Identifier: MIT
/** Owns the ends of requests: refunds what was not served, makes final what was not challenged, concludes disputes. */
import { conclude } from "../../client/actions/conclude.ts";
import { drawJury } from "../../client/actions/drawJury.ts";
import { finalize } from "../../client/actions/finalize.ts";
import { refund } from "../../client/actions/refund.ts";
import { getDispute } from "../../client/actions/getDispute.ts";
import { Evidence, includesEvidence } from "../../protocol/evidence.ts";
import { resultIn } from "../../protocol/request.ts";
import { State } from "../../protocol/state.ts";
import { finish } from "../claims.ts";
import type { Head } from "../follower/index.ts";
import type { TrackedRequest } from "../request-book.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { Turns } from "./turns.ts";

/** The node itself finalises first: it is paid for it. */
const BEHIND_THE_NODE = 1;

/** What anybody may do to a request now. */
type Duty = "refund" | "finalize" | "conclude" | "drawJury";

export class Keeper {
  readonly #shared: Shared;
  readonly #turns: Turns;
  /** Block and last date of each jury. */
  readonly #juries = new WeakMap<TrackedRequest, { seedBlock: number; revealBy: number }>();

  constructor(shared: Shared, turns: Turns) {
    this.#shared = shared;
    this.#turns = turns;
  }

  onHead(head: Head): void {
    const { book, tasks } = this.#shared;
    for (const tracked of book.pending()) {
      const { id } = tracked;
      const duty = this.#dutyOf(tracked, head);
      if (duty === undefined) continue;
      const behind = duty === "finalize" ? BEHIND_THE_NODE : 0;
      if (!this.#turns.isOwn(duty, id, behind)) continue;
      tasks.offer(`${duty}:${id}`, { request: id }, () => this.#do(duty, tracked));
    }
    this.#finishClaims(head);
  }

  /** Pays claims whose window has closed. */
  #finishClaims({ timestamp }: Head): void {
    const { book, tasks, windows, quick } = this.#shared;
    for (const claims of book.openClaims()) {
      const end = windows.endOfClaims(claims);
      if (end === undefined) quick.offer("window:claims", {}, () => windows.readOfClaims());
      if (end === undefined || timestamp < end) continue;
      const { root } = claims;
      if (!this.#turns.isOwn("finalizeClaims", root, BEHIND_THE_NODE)) continue;
      tasks.offer(`finalizeClaims:${root}`, { root }, () => finish(this.#shared, claims));
    }
  }

  /** Seconds by which a jury reveals; undefined until it was read. */
  revealBy(tracked: TrackedRequest): number | undefined {
    return this.#juries.get(tracked)?.revealBy;
  }

  #dutyOf(tracked: TrackedRequest, { timestamp, number }: Head): Duty | undefined {
    const { state, request, evidence, order } = tracked;
    // The market knows nothing of it.
    if (order !== undefined) return undefined;
    switch (state) {
      case State.OPEN:
      case State.ASSIGNED:
        return timestamp >= request.deliverBy ? "refund" : undefined;
      case State.DELIVERED:
        if (!includesEvidence(evidence, request.requiredEvidence)) {
          return timestamp >= request.proveBy ? "refund" : undefined;
        }
        return this.#isOver(tracked, timestamp) ? "finalize" : undefined;
      case State.DISPUTED:
        return this.#disputeDuty(tracked, timestamp, number);
      default:
        return undefined;
    }
  }

  #isOver(tracked: TrackedRequest, now: number): boolean {
    const { windows, quick } = this.#shared;
    const end = windows.endOf(tracked);
    if (end === undefined) {
      const { id } = tracked;
      quick.offer(`window:${id}`, { request: id }, () => windows.read(tracked));
    }
    return end !== undefined && end !== 0 && now >= end;
  }

  #disputeDuty(tracked: TrackedRequest, now: number, block: bigint): Duty | undefined {
    const { id, dispute } = tracked;
    if (dispute === undefined) return undefined;
    if (dispute.arbiter !== Evidence.VANILLA) {
      return now >= dispute.evidenceBy ? "conclude" : undefined;
    }
    const jury = this.#juries.get(tracked);
    if (jury === undefined) {
      this.#shared.quick.offer(`jury:${id}`, { request: id }, () => this.#readJury(tracked));
      return undefined;
    }
    const { jurors, revealed } = dispute;
    const isComplete = jurors.length > 0 && revealed.size === jurors.length;
    if (isComplete || now >= jury.revealBy) return "conclude";
    const canDraw =
      jurors.length === 0 && block > BigInt(jury.seedBlock) && now < dispute.evidenceBy;
    return canDraw ? "drawJury" : undefined;
  }

  async #readJury(tracked: TrackedRequest): Promise<void> {
    const { client, deployment } = this.#shared.chain;
    const { seedBlock, revealBy } = await getDispute(client, { deployment, id: tracked.id });
    this.#juries.set(tracked, { seedBlock, revealBy });
  }

  async #do(duty: Duty, tracked: TrackedRequest): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const { id, request } = tracked;
    const result = resultIn(tracked);
    const actions = { refund, finalize, conclude, drawJury };
    await sender.send<unknown>(
      `${duty}:${id}`,
      (client) => actions[duty](client, { deployment, request, result }),
      { ...ONCE, from: "any" },
    );
    logger.info({ request: id }, DONE[duty]);
  }
}

const DONE: Readonly<Record<Duty, string>> = {
  refund: "refunded the client",
  finalize: "made final",
  conclude: "concluded the dispute",
  drawJury: "drew the jury",
};
