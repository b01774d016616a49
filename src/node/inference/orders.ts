// SPDX-License-Identifier: MIT
/**
 * Owns signed orders until they are on chain. An order is checked, also by a simulation of the very call that will bring
 * it, then kept on disk, then answered: so that an answered order is brought whatever happens to the process. At most
 * `MAX_OPEN` are open; more are refused.
 */
import type { Hex } from "viem";

import type { NodeResult } from "../../client/node/types.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { hexBytes, objectOf, parseJson, toCanonicalJson } from "../../protocol/json.ts";
import type { Request } from "../../protocol/request.ts";
import { readRequest } from "../../protocol/request-json.ts";
import { hashRequest } from "../../protocol/typed-data.ts";
import type { Head } from "../follower/index.ts";
import { InputMissingError, ModelNotServedError, NodeBusyError } from "../http/errors.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import { checkOrder } from "./check-order.ts";
import { OpenOrders } from "./open-orders.ts";

/** A request signed by its client, as `POST /orders` takes it. */
export interface Order {
  request: Request;
  signature: Hex;
}

export const readOrder = objectOf<Order>({ request: readRequest, signature: hexBytes(65) });

const MAX_OPEN = 256;
const MAX_CHARS = 16_384;

export class Orders {
  readonly #shared: Shared;
  readonly #answers: Answers;
  readonly #minUnitPrice: bigint;
  readonly #open = new OpenOrders();

  constructor(shared: Shared, answers: Answers, minUnitPrice: bigint) {
    this.#shared = shared;
    this.#answers = answers;
    this.#minUnitPrice = minUnitPrice;
  }

  /** Reads the orders that an earlier process answered and did not bring. */
  async load(): Promise<void> {
    const { store } = this.#shared;
    for (const id of store.list("orders")) {
      const text = await store.get("orders", id);
      const order = parseJson(text, readOrder, { what: "stored order", limit: MAX_CHARS });
      this.#open.keep(id, order);
    }
  }

  /** Orders that the chain does not know yet and that can still be brought. */
  unsettled(head: Head): Iterable<[RequestId, Order]> {
    return this.#open.unsettled(head, (id) => this.#shared.book.get(id) !== undefined);
  }

  /** Checks, keeps and answers an order; the same order again gets the same answer. */
  async take(order: Order, head: Head): Promise<NodeResult> {
    const { book, chain, models, store, logger, timings, wake } = this.#shared;
    const { request } = order;
    const id = hashRequest(chain.domain, request);
    const known = models.get(request.modelId);
    if (known === undefined) throw new ModelNotServedError(request.modelId);
    const isKept = store.has("orders", id) || book.get(id) !== undefined;
    if (isKept && this.#answers.has(id)) return this.#answers.get(id);
    if (this.#open.size >= MAX_OPEN) throw new NodeBusyError(MAX_OPEN);
    if (!store.has("inputs", request.inputCommitment)) throw new InputMissingError();

    // Entered before anything is awaited, so that orders at the same time see each other's money.
    const promised = this.#promisedBy(id, request);
    this.#open.take(id, order);
    timings.arrived(id, request.requiredEvidence);
    try {
      const minUnitPrice = this.#minUnitPrice;
      await checkOrder({ shared: this.#shared, order, known, promised, minUnitPrice, now: head });
      await store.put("orders", id, toCanonicalJson(order));
      this.#open.keep(id, order);
    } catch (error) {
      this.#open.delete(id);
      timings.forget(id);
      throw error;
    }
    logger.info({ request: id }, "order taken");
    const answer = await this.#answers.make(id, request, known);
    wake();
    return answer;
  }

  /** Token units that the client's other open orders will draw on the same reservation. */
  #promisedBy(id: RequestId, { client }: Request): bigint {
    let sum = 0n;
    for (const [other, { request }] of this.#open.entries()) {
      if (other !== id && request.client === client) sum += request.maxFee;
    }
    return sum;
  }
}
