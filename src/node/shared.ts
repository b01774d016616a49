// SPDX-License-Identifier: MIT
import type { Logger } from "pino";

import type { Database } from "../store/index.ts";
import type { BatchBook } from "./batches/batch-book.ts";
import type { Chain } from "./chain.ts";
import type { Content } from "./content.ts";
import type { JobDesk } from "./jobs/desk.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Timings } from "./metrics/timings.ts";
import type { Models } from "./models.ts";
import type { Proofs } from "./proofs.ts";
import type { Provers } from "./provers.ts";
import type { RequestBook } from "./request-book.ts";
import type { Sender } from "./sender/index.ts";
import type { TaskPool } from "./task-pool.ts";
import type { Windows } from "./window.ts";

/** What the parts of one node share. */
export interface Shared {
  chain: Chain;
  database: Database;
  models: Models;
  store: Content;
  book: RequestBook;
  batches: BatchBook;
  windows: Windows;
  sender: Sender;
  /** Steps that wait for transactions. */
  tasks: TaskPool;
  /** Steps that never do, such as answering. */
  quick: TaskPool;
  provers: Provers;
  proofs: Proofs;
  /** Work that costs time, done by any process of the node. */
  desk: JobDesk;
  logger: Logger;
  metrics: Metrics;
  timings: Timings;
  /** Ends when the node stops. */
  signal: AbortSignal;
  /** Looks for work now, not at the next poll. */
  wake: () => void;
}
