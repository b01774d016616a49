// SPDX-License-Identifier: MIT
import type { Logger } from "pino";

import type { Chain } from "./chain.ts";
import type { ContentStore } from "./content-store.ts";
import type { Models } from "./models.ts";
import type { Provers } from "./provers.ts";
import type { RequestBook } from "./request-book.ts";
import type { TaskPool } from "./task-pool.ts";
import type { TransactionQueue } from "./transaction-queue.ts";
import type { Windows } from "./window.ts";

/** What the parts of one node share. */
export interface Shared {
  chain: Chain;
  models: Models;
  store: ContentStore;
  book: RequestBook;
  windows: Windows;
  transactions: TransactionQueue;
  /** Work that may take seconds: transactions and proofs. */
  tasks: TaskPool;
  /** Work that never waits for either, such as running a model. */
  quick: TaskPool;
  provers: Provers;
  logger: Logger;
  /** Ends when the node stops. */
  signal: AbortSignal;
  /** Looks for work now, not at the next poll. */
  wake: () => void;
}
