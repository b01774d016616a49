// SPDX-License-Identifier: MIT
/** Owns the making of evidence for the node's own answers. */
import type { Hex } from "viem";

import type { NodeResult } from "../../client/node/types.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { commitOutput, hashResult } from "../../protocol/typed-data.ts";
import { runModel } from "../../zkml/index.ts";
import { AnswerUnprovableError, EnclaveNotLiveError } from "../errors.ts";
import type { KnownModel } from "../models.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import type { Enclaves } from "./enclaves.ts";

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
   * Evidence of this kind for an answer of this node; empty for a bonded claim, undefined while it is being proved.
   *
   * @throws {AnswerUnprovableError} if the enclave computes another answer.
   * @throws {EnclaveNotLiveError} while no enclave key is live.
   */
  async make(
    id: RequestId,
    answer: NodeResult,
    known: KnownModel,
    kind: Evidence,
  ): Promise<Hex | undefined> {
    if (kind === Evidence.VANILLA) return "0x";
    if (kind === Evidence.TEE) return this.#sign(id, answer, known);
    const { request, result } = answer;
    const { chain, proofs } = this.#shared;
    return proofs.get({ id, request, result, source: chain.address });
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
