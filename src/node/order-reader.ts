// SPDX-License-Identifier: MIT
/** Owns the reading of orders: their requests are in calldata, each of which is read once. */
import { OrderUnreadableError } from "../client/errors.ts";
import { readOrders } from "../client/orderCall.ts";
import { describeError } from "./log.ts";
import type { SettledOrder } from "./settled-orders.ts";
import type { Shared } from "./shared.ts";

export class OrderReader {
  readonly #shared: Shared;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Reads those that are wanted and that the book has no request of. */
  onHead(isWanted: (order: SettledOrder) => boolean): void {
    const { book, quick } = this.#shared;
    for (const order of book.unread()) {
      if (!isWanted(order)) continue;
      const { id, transactionHash } = order;
      quick.offer(`order:${transactionHash}`, { request: id }, () => this.#read(order));
    }
  }

  async #read({ id, transactionHash }: SettledOrder): Promise<void> {
    const { book, chain, logger, wake } = this.#shared;
    const { client, deployment } = chain;
    try {
      for (const brought of await readOrders(client, { deployment, transactionHash })) {
        book.learn(brought, transactionHash);
      }
    } catch (error) {
      if (!(error instanceof OrderUnreadableError)) throw error;
      // Its client can still extract and challenge it: only here it cannot be re-run.
      book.giveUp(transactionHash);
      logger.warn({ request: id, ...describeError(error) }, "an order cannot be read");
    }
    wake();
  }
}
