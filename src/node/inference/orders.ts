// SPDX-License-Identifier: MIT
/**
 * Owns signed orders until they are on chain. An order is checked, also by a simulation of the very call that will bring
 * it, then kept on disk, then answered: so that an answered order is brought whatever happens to the process. At most
 * `MAX_OPEN` are open; more are refused.
 */
import { type Address, type Hex, isAddressEqual } from "viem";

import { type NodeOrder, type NodeResult, readNodeOrder } from "../../client/node/types.ts";
import { decodeRevert } from "../../client/revert.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { parseJson, toCanonicalJson } from "../../protocol/json.ts";
import { recoverOrderSigner } from "../../protocol/signatures.ts";
import { hashRequest, orderDomain } from "../../protocol/typed-data.ts";
import type { ChainEvent, ChainView } from "../events.ts";
import type { Head } from "../follower/index.ts";
import { InputMissingError, ModelNotServedError, NodeBusyError } from "../http/errors.ts";
import { describeError } from "../log.ts";
import type { Shared } from "../shared.ts";
import type { Answers } from "./answers.ts";
import { checkOrder } from "./check-order.ts";
import { OpenOrders } from "./open-orders.ts";

/** An order as it was posted, and who signed it: nobody if the signature is malformed. */
export interface SignedOrder extends NodeOrder {
  signer: Address | undefined;
}

const MAX_OPEN = 256;
const MAX_CHARS = 16_384;

export class Orders implements ChainView {
  readonly #shared: Shared;
  readonly #answers: Answers;
  readonly #minUnitPrice: bigint;
  readonly #open = new OpenOrders();
  /** Skipped by the settler among others that came with them, for the reason that it gave. */
  readonly #refused = new Map<RequestId, Hex>();

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
      const order = parseJson(text, readNodeOrder, { what: "stored order", limit: MAX_CHARS });
      this.#open.keep(id, await this.#recover(order));
    }
  }

  reset(): void {
    this.#refused.clear();
  }

  apply(event: ChainEvent): void {
    if (event.eventName !== "OrderRefused") return;
    const { id, node, reason } = event.args;
    if (isAddressEqual(node, this.#shared.chain.address)) this.#refused.set(id, reason);
  }

  /** Orders that the chain does not know yet and that can still be brought; one that it refused is over. */
  *unsettled(head: Head): Iterable<[RequestId, SignedOrder]> {
    const { book, logger } = this.#shared;
    const isOver = (id: RequestId) => book.knows(id) || this.#refused.has(id);
    for (const [id, reason] of this.#refused) {
      if (!this.#open.has(id) || book.knows(id)) continue;
      const error = describeError(decodeRevert("fulfilOrder", reason));
      logger.error({ request: id, ...error }, "the order was refused on chain");
    }
    yield* this.#open.unsettled(head, isOver);
  }

  /** Checks, keeps and answers an order; the same order again gets the same answer. */
  async take(posted: NodeOrder, head: Head): Promise<NodeResult> {
    const { book, chain, models, store, logger, timings, wake } = this.#shared;
    const { request } = posted;
    const id = hashRequest(chain.domain, request);
    const known = models.get(request.modelId);
    if (known === undefined) throw new ModelNotServedError(request.modelId);
    const order = await this.#recover(posted);
    const isKept = store.has("orders", id) || book.knows(id);
    if (isKept && this.#answers.has(id)) return this.#answers.get(id);
    if (this.#open.size >= MAX_OPEN) throw new NodeBusyError(MAX_OPEN);
    if (!store.has("inputs", request.inputCommitment)) throw new InputMissingError();

    // Entered before anything is awaited, so that orders at the same time see each other's money.
    const promised = this.#open.promisedBeside(id, order);
    this.#open.take(id, order);
    timings.arrived(id, request.requiredEvidence);
    try {
      const minUnitPrice = this.#minUnitPrice;
      await checkOrder({ shared: this.#shared, order, known, promised, minUnitPrice, now: head });
      await store.put("orders", id, toCanonicalJson(posted));
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

  async #recover(order: NodeOrder): Promise<SignedOrder> {
    const { chainId, orderSettler: settler } = this.#shared.chain.deployment;
    const { request, signature } = order;
    const signer = await recoverOrderSigner(orderDomain({ chainId, settler }), request, signature);
    return { ...order, signer };
  }
}
