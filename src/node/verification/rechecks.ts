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

  async run(tracked: TrackedRequest, known: KnownModel): Promise<void> {
    const { models, logger, wake } = this.#shared;
    const { id, node } = tracked;
    const { output, units } = await models.compute(known, await this.#inputs.of(tracked, known));
    const [oldest] = this.#opinions.keys();
    if (this.#opinions.size >= MAX_OPINIONS && oldest !== undefined) this.#opinions.delete(oldest);
    this.#opinions.set(id, { outputCommitment: commitOutput(output), units });

    if (this.isWrong(tracked)) logger.warn({ request: id, node }, "the result is wrong");
    else logger.info({ request: id, node }, "the result is right");
    wake();
  }
}
