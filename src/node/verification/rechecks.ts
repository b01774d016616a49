// SPDX-License-Identifier: MIT
/** Owns this node's own opinion of delivered results: each model is run again, once, by whatever process has time. */
import type { RequestId } from "../../protocol/ids.ts";
import { hexBytes, objectOf, parseJson, uint } from "../../protocol/json.ts";
import type { Result } from "../../protocol/request.ts";
import { RECHECK } from "../jobs/queues.ts";
import type { KnownModel } from "../models.ts";
import type { TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";

/** What this node computed for a request. */
export type Opinion = Pick<Result, "outputCommitment" | "units">;

const readOpinion = objectOf<Opinion>({ outputCommitment: hexBytes(32), units: uint(40) });
const MAX_CHARS = 4_096;
/** Kept in memory; older ones are read again. */
const MAX_OPINIONS = 50_000;

export class Rechecks {
  readonly #shared: Shared;
  readonly #abstained = new WeakSet<TrackedRequest>();
  readonly #opinions = new Map<RequestId, Opinion>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** What the right answer is; undefined until it was computed. */
  get(id: RequestId): Opinion | undefined {
    return this.#opinions.get(id);
  }

  /** Whether the delivered result is not what this node computed; undefined until it knows. */
  isWrong({ id, outputCommitment, units }: TrackedRequest): boolean | undefined {
    const opinion = this.#opinions.get(id);
    if (opinion === undefined) return undefined;
    return opinion.outputCommitment !== outputCommitment || opinion.units !== units;
  }

  /** Whether another run says anything about this one. Where it does not, the node has no opinion, and says so once. */
  canJudge(tracked: TrackedRequest, { served }: KnownModel): boolean {
    if (served.deterministic) return true;
    if (!this.#abstained.has(tracked)) {
      this.#abstained.add(tracked);
      const fields = { request: tracked.id, node: tracked.node, kind: served.kind };
      this.#shared.logger.info(fields, "no opinion: the model is not the same bytes twice");
    }
    return false;
  }

  /** Reads what the job found, or sees to it that there is a job. */
  async run(tracked: TrackedRequest): Promise<void | "waits"> {
    const { store, desk, metrics, logger, wake } = this.#shared;
    const { id, node, request } = tracked;
    if (!store.has("opinions", id)) {
      await desk.ask(RECHECK, id, { id, request, source: node });
      return "waits";
    }
    const text = await store.get("opinions", id);
    const opinion = parseJson(text, readOpinion, { what: "stored opinion", limit: MAX_CHARS });
    const [oldest] = this.#opinions.keys();
    if (this.#opinions.size >= MAX_OPINIONS && oldest !== undefined) this.#opinions.delete(oldest);
    this.#opinions.set(id, opinion);

    const isWrong = this.isWrong(tracked) === true;
    metrics.count("rechecks", { outcome: isWrong ? "wrong" : "right" });
    if (isWrong) logger.warn({ request: id, node }, "the result is wrong");
    else logger.info({ request: id, node }, "the result is right");
    wake();
  }
}
