// SPDX-License-Identifier: MIT
/**
 * Owns signed orders until they are on chain. An order is checked, also by a simulation of the very call that will bring
 * it, then kept on disk, then answered: so that an answered order is brought whatever happens to the process. At most
 * `MAX_OPEN` are open; more are refused.
 */
import { type Address, isAddressEqual } from "viem";

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
  /** Skipped by the settler among others that came with them. */
  readonly #refused = new Set<RequestId>();

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
    const { chain, logger } = this.#shared;
    if (!isAddressEqual(node, chain.address)) return;
    this.#refused.add(id);
    const error = describeError(decodeRevert("fulfilOrder", reason));
    logger.warn({ request: id, ...error }, "the order was refused on chain");
  }

  /**
   * Whether the settler skipped the order. What was wrong may pass, as a reorganisation that took an enclave's key along: until it
   * is too late the order is tried again, alone, where a refusal costs nothing.
   */
  isRefused(id: RequestId): boolean {
    return this.#refused.has(id);
  }

  /** Orders that the chain does not know yet and that can still be brought. */
  unsettled(head: Head): Iterable<[RequestId, SignedOrder]> {
    return this.#open.unsettled(head, (id) => this.#shared.book.knows(id));
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
