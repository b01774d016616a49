// SPDX-License-Identifier: MIT
/** Owns the provers, one per circuit, started when first needed. Each refuses what does not fit its own queue. */
import { hashResult, resultBinding } from "../protocol/typed-data.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { Result } from "../protocol/request.ts";
import {
  commitOutput,
  createProver,
  encodeZkmlEvidence,
  ensureCircuit,
  type Prover,
} from "../zkml/index.ts";
import type { Hex } from "viem";

import type { Chain } from "./chain.ts";
import { AnswerUnprovableError } from "./errors.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { KnownModel } from "./models.ts";

async function startProver(name: string): Promise<Prover> {
  return createProver({ circuit: await ensureCircuit({ circuit: name }) });
}

export class Provers {
  readonly #start: (name: string) => Promise<Prover>;
  readonly #chain: Pick<Chain, "domain">;
  readonly #signal: AbortSignal;
  readonly #metrics: Metrics;
  readonly #provers = new Map<string, Promise<Prover>>();

  constructor(
    chain: Pick<Chain, "domain">,
    signal: AbortSignal,
    start: (name: string) => Promise<Prover> = startProver,
    metrics: Metrics,
  ) {
    this.#chain = chain;
    this.#signal = signal;
    this.#start = start;
    this.#metrics = metrics;
  }

  /** Starts a model's prover and makes one proof, so that the first request does not wait for it. */
  async warm({ name, served }: KnownModel): Promise<void> {
    if (served.integer === undefined) throw new AnswerUnprovableError();
    const prover = await this.#proverOf(name);
    const input = new Uint8Array(served.integer.input.length);
    await prover.prove({ input, binding: 0n, signal: this.#signal });
  }

  /**
   * ZKML evidence that the model maps the input to the result's output.
   *
   * @throws {AnswerUnprovableError} if it does not.
   */
  async prove(parameters: {
    model: KnownModel;
    id: RequestId;
    result: Result;
    input: Uint8Array;
    signal: AbortSignal;
  }): Promise<Hex> {
    const { model, id, result, input } = parameters;
    const signal = AbortSignal.any([this.#signal, parameters.signal]);
    const digest = hashResult(this.#chain.domain, { ...result, requestId: id });
    const prover = await this.#proverOf(model.name);
    const binding = resultBinding(digest);
    const { proof, output } = await this.#measured(model.name, signal, () =>
      prover.prove({ input, binding, signal }),
    );
    if (commitOutput(output) !== result.outputCommitment) throw new AnswerUnprovableError();
    return encodeZkmlEvidence({ proof, output });
  }

  async #measured<T>(model: string, signal: AbortSignal, prove: () => Promise<T>): Promise<T> {
    // From 0, so that the first failure is an increase.
    this.#metrics.count("proofFailures", { model }, 0);
    try {
      return await this.#metrics.time("proofSeconds", { model }, prove);
    } catch (error) {
      // A proof that a stop ended did not fail.
      if (!signal.aborted) this.#metrics.count("proofFailures", { model });
      throw error;
    }
  }

  async close(): Promise<void> {
    const started = await Promise.allSettled(this.#provers.values());
    const provers = started.filter((entry) => entry.status === "fulfilled");
    await Promise.all(provers.map(({ value }) => value.close()));
  }

  async #proverOf(name: string): Promise<Prover> {
    const known = this.#provers.get(name);
    if (known !== undefined) return known;
    const starting = this.#start(name);
    this.#provers.set(name, starting);
    try {
      return await starting;
    } catch (error) {
      // The next request tries again.
      this.#provers.delete(name);
      throw error;
    }
  }
}
