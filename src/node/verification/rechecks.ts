// SPDX-License-Identifier: MIT
/** Owns this node's own opinion of delivered results: it runs each model again, once. */
import type { RequestId } from "../../protocol/ids.ts";
import type { Result } from "../../protocol/request.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import type { KnownModel } from "../models.ts";
import type { TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";
import type { Inputs } from "./inputs.ts";

/** What this node computed for a request. */
export type Opinion = Pick<Result, "outputCommitment" | "units">;

const MAX_OPINIONS = 50_000;

export class Rechecks {
  readonly #shared: Shared;
  readonly #inputs: Inputs;
  readonly #abstained = new WeakSet<TrackedRequest>();
  readonly #opinions = new Map<RequestId, Opinion>();

  constructor(shared: Shared, inputs: Inputs) {
    this.#shared = shared;
    this.#inputs = inputs;
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

  async run(tracked: TrackedRequest, known: KnownModel): Promise<void> {
    const { models, logger, signal, wake } = this.#shared;
    const { id, node, request } = tracked;
    const input = await this.#inputs.of(tracked, known);
    const { output, units } = await models.compute(known, input, { request, signal });
    const [oldest] = this.#opinions.keys();
    if (this.#opinions.size >= MAX_OPINIONS && oldest !== undefined) this.#opinions.delete(oldest);
    this.#opinions.set(id, { outputCommitment: commitOutput(output), units });

    if (this.isWrong(tracked)) logger.warn({ request: id, node }, "the result is wrong");
    else logger.info({ request: id, node }, "the result is right");
    wake();
  }
}
