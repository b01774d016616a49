// SPDX-License-Identifier: MIT
/** Owns the making of evidence for the node's own answers. Proofs are kept on disk: they cost seconds. */
import type { Hex } from "viem";

import type { NodeResult } from "../../client/node/types.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { hexBytes, parseJson, toCanonicalJson } from "../../protocol/json.ts";
import { commitOutput, hashResult } from "../../protocol/typed-data.ts";
import { runModel } from "../../zkml/index.ts";
import { AnswerUnprovableError, EnclaveNotLiveError } from "../errors.ts";
import type { KnownModel } from "../models.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import type { Enclaves } from "./enclaves.ts";

const MAX_CHARS = 1024 * 1024;

export class EvidenceMaker {
  readonly #shared: Shared;
  readonly #answers: Answers;
  readonly #enclaves: Enclaves;

  constructor(shared: Shared, answers: Answers, enclaves: Enclaves) {
    this.#shared = shared;
    this.#answers = answers;
    this.#enclaves = enclaves;
  }

  /**
   * Evidence of this kind for an answer of this node; empty for a bonded claim.
   *
   * @throws {AnswerUnprovableError} if the answer is not what the model computes.
   * @throws {EnclaveNotLiveError} while no enclave key is live.
   */
  async make(id: RequestId, answer: NodeResult, known: KnownModel, kind: Evidence): Promise<Hex> {
    if (kind === Evidence.VANILLA) return "0x";
    return kind === Evidence.ZKML ? this.#prove(id, answer, known) : this.#sign(id, answer, known);
  }

  async #prove(id: RequestId, { request, result }: NodeResult, known: KnownModel): Promise<Hex> {
    const { chain, provers, store, logger } = this.#shared;
    const digest = hashResult(chain.domain, { ...result, requestId: id });
    if (store.has("proofs", digest)) {
      const text = await store.get("proofs", digest);
      return parseJson(text, hexBytes(), { what: "stored proof", limit: MAX_CHARS });
    }
    const input = await this.#answers.inputOf(known, request.inputCommitment);
    const startedAt = performance.now();
    const evidence = await provers.prove({ model: known, id, request, result, input });
    await store.put("proofs", digest, toCanonicalJson(evidence));
    const milliseconds = Math.round(performance.now() - startedAt);
    logger.info({ request: id, milliseconds }, "proved");
    return evidence;
  }

  /**
   * The enclave computes for itself, as the integer runtime that it was measured with. What is not the same bytes twice it
   * computed when the answer was made.
   */
  async #sign(id: RequestId, answer: NodeResult, known: KnownModel): Promise<Hex> {
    const { request, result } = answer;
    const enclave = await this.#enclaves.liveFor(known.id);
    if (enclave === undefined) throw new EnclaveNotLiveError();
    const input = await this.#answers.inputOf(known, request.inputCommitment);
    const { integer } = known.served;
    const output = integer === undefined ? answer.output : runModel(integer, input).output;
    if (commitOutput(output) !== result.outputCommitment) throw new AnswerUnprovableError();
    return enclave.signResult(hashResult(this.#shared.chain.domain, { ...result, requestId: id }));
  }
}
