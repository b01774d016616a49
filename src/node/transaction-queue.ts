// SPDX-License-Identifier: MIT
/**
 * Owns the order of one key's transactions: each is simulated, sent and mined before the next, so that nonces have no
 * gaps. At most `limit` wait; the next is refused, and its task tries again later.
 */
import type { ChainClient } from "./chain.ts";
import { NodeStoppedError, TransactionQueueFullError } from "./errors.ts";

const LIMIT = 256;

export class TransactionQueue {
  readonly #client: ChainClient;
  readonly #signal: AbortSignal;
  readonly #limit: number;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: ChainClient, signal: AbortSignal, limit = LIMIT) {
    this.#client = client;
    this.#signal = signal;
    this.#limit = limit;
  }

  /** Runs an action of `src/client` when all earlier ones are mined or have failed. */
  send<T>(action: (client: ChainClient) => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#limit) throw new TransactionQueueFullError(this.#limit);
    this.#waiting += 1;

    const turn = this.#last.then(() => {
      if (this.#signal.aborted) throw new NodeStoppedError();
      return action(this.#client);
    });
    // The failure is the caller's; the queue goes on.
    this.#last = turn.then(
      () => this.#leave(),
      () => this.#leave(),
    );
    return turn;
  }

  #leave(): void {
    this.#waiting -= 1;
  }
}
