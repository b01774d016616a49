// SPDX-License-Identifier: MIT
/** Owns the node's answers: one per request, signed, and on disk before anybody sees it, so that it never changes. */
import { bytesToHex, type Hex, hexToBytes } from "viem";

import { signResult } from "../../client/actions/signResult.ts";
import { type NodeResult, readNodeInput, readNodeResult } from "../../client/node/types.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { parseJson, toCanonicalJson } from "../../protocol/json.ts";
import type { Request } from "../../protocol/request.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import { InputMismatchError } from "../errors.ts";
import type { KnownModel } from "../models.ts";
import { RuntimeError } from "../runtimes/errors.ts";
import type { Shared } from "../shared.ts";

const MAX_CHARS = 1024 * 1024;
const MAX_FAILURES = 10_000;

export class Answers {
  readonly #shared: Shared;
  /** Of requests that cannot be answered, however often the model is run. */
  readonly #failures = new Map<RequestId, RuntimeError>();
  readonly #running = new Map<RequestId, Promise<NodeResult>>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  has(id: RequestId): boolean {
    return this.#shared.store.has("results", id);
  }

  async get(id: RequestId): Promise<NodeResult> {
    const text = await this.#shared.store.get("results", id);
    return parseJson(text, readNodeResult, { what: "stored result", limit: MAX_CHARS });
  }

  /** The input that a request commits to, checked again: disks err. */
  async inputOf(known: KnownModel, commitment: Hex32): Promise<Uint8Array> {
    const text = await this.#shared.store.get("inputs", commitment);
    const stored = parseJson(text, readNodeInput, { what: "stored input", limit: MAX_CHARS });
    const input = hexToBytes(stored.input);
    if (!this.#shared.models.isInput(known, input, commitment)) throw new InputMismatchError();
    return input;
  }

  /** Runs the model and signs; the same answer however often it is asked. */
  make(id: RequestId, request: Request, known: KnownModel): Promise<NodeResult> {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    const making = this.#make(id, request, known).finally(() => this.#running.delete(id));
    this.#running.set(id, making);
    return making;
  }

  async #make(id: RequestId, request: Request, known: KnownModel): Promise<NodeResult> {
    if (this.has(id)) return this.get(id);
    const failure = this.#failures.get(id);
    if (failure !== undefined) throw failure;
    const { chain, models, store, logger, timings, signal } = this.#shared;
    const input = await this.inputOf(known, request.inputCommitment);
    const computed = await models
      .compute(known, input, { request, signal })
      .catch((error: unknown) => {
        this.#remember(id, error);
        throw error;
      });

    const output: Hex = bytesToHex(computed.output);
    const outputCommitment = commitOutput(output);
    const result = { outputCommitment, units: computed.units, node: chain.address };
    const { client, deployment } = chain;
    const signature = await signResult(client, {
      deployment,
      result: { ...result, requestId: id },
    });

    const answer: NodeResult = { request, result, output, signature };
    await store.put("outputs", outputCommitment, toCanonicalJson({ output }));
    await store.put("results", id, toCanonicalJson(answer));
    timings.answered(id);
    logger.info({ request: id, outputCommitment }, "answered");
    return answer;
  }

  #remember(id: RequestId, error: unknown): void {
    if (!(error instanceof RuntimeError) || error.retryable) return;
    const [oldest] = this.#failures.keys();
    if (this.#failures.size >= MAX_FAILURES && oldest !== undefined) this.#failures.delete(oldest);
    this.#failures.set(id, error);
  }
}
