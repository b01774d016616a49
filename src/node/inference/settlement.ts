// SPDX-License-Identifier: MIT
/**
 * Owns the transactions about the node's own answers: accept, deliver, prove, defend, finalise. A step that needs a proof
 * which is not there yet waits for it.
 */
import { accept } from "../../client/actions/accept.ts";
import { decide } from "../../client/actions/decide.ts";
import { finalize } from "../../client/actions/finalize.ts";
import { fulfil } from "../../client/actions/fulfil.ts";
import { fulfilOrder } from "../../client/actions/fulfilOrder.ts";
import { prove } from "../../client/actions/prove.ts";
import { type Evidence, pathOf } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { toOrder } from "../../protocol/order.ts";
import { type Request, resultIn } from "../../protocol/request.ts";
import type { KnownModel } from "../models.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import type { EvidenceMaker } from "./evidence-maker.ts";
import type { SignedOrder } from "./orders.ts";

/** One request and what the node needs to act on it. */
export interface Job {
  id: RequestId;
  request: Request;
  known: KnownModel;
  /** Given when the request is a signed order that is not on chain yet. */
  order: SignedOrder | undefined;
}

export class Settlement {
  readonly #shared: Shared;
  readonly #answers: Answers;
  readonly #evidence: EvidenceMaker;

  constructor(shared: Shared, answers: Answers, evidence: EvidenceMaker) {
    this.#shared = shared;
    this.#answers = answers;
    this.#evidence = evidence;
  }

  async accept({ id, request }: Job): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    await sender.send(`accept:${id}`, (client) => accept(client, { deployment, request }), ONCE);
    logger.info({ request: id }, "accepted");
  }

  async deliver({ id, request, known, order }: Job, kind: Evidence): Promise<void | "waits"> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const answer = await this.#answers.get(id);
    const evidence = await this.#evidence.make(id, answer, known, kind);
    if (evidence === undefined) return "waits";
    const { result } = answer;
    const { hash } = await sender.send(
      `deliver:${id}`,
      (client) =>
        order === undefined
          ? fulfil(client, { deployment, request, result, kind, evidence })
          : fulfilOrder(client, {
              deployment,
              order: toOrder({ ...order, result, kind }),
              evidence,
            }),
      ONCE,
    );
    logger.info({ request: id, path: pathOf(kind), transaction: hash }, "delivered");
  }

  async prove({ id, request, known }: Job, kind: Evidence): Promise<void | "waits"> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const answer = await this.#answers.get(id);
    const { result } = answer;
    const evidence = await this.#evidence.make(id, answer, known, kind);
    if (evidence === undefined) return "waits";
    const { hash } = await sender.send(
      `prove:${pathOf(kind)}:${id}`,
      (client) => prove(client, { deployment, request, result, kind, evidence }),
      ONCE,
    );
    logger.info({ request: id, path: pathOf(kind), transaction: hash }, "proof brought");
  }

  /** Brings the evidence that upholds this node's claim; fails if the claim was wrong. */
  async defend({ id, request, known }: Job, kind: Evidence): Promise<void | "waits"> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const answer = await this.#answers.get(id);
    const { result } = answer;
    const evidence = await this.#evidence.make(id, answer, known, kind);
    if (evidence === undefined) return "waits";
    const { verdict } = await sender.send(
      `defend:${id}`,
      (client) => decide(client, { deployment, request, result, proved: result, evidence }),
      ONCE,
    );
    logger.info({ request: id, verdict }, "defended");
  }

  async finalize({ id, request }: Job): Promise<void> {
    const { book, chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const tracked = book.get(id);
    // A reorganisation has just taken it back.
    if (tracked === undefined) return;
    const result = resultIn(tracked);
    await sender.send(
      `finalize:${id}`,
      (client) => finalize(client, { deployment, request, result }),
      { ...ONCE, from: "any" },
    );
    logger.info({ request: id }, "final");
  }
}
