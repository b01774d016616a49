// SPDX-License-Identifier: MIT
/**
 * Owns the life of one node, whatever its role: checks, folder, HTTP service, registration, the loop, and the end. The
 * role's own part only says what is to be done at each block.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Hono } from "hono";

import type { NodeHealth } from "../client/node/types.ts";
import type { Role } from "../protocol/node.ts";
import { connectChain } from "./chain.ts";
import { ContentStore } from "./content-store.ts";
import type { ChainView } from "./events.ts";
import { Follower, type Head } from "./follower.ts";
import { createApp } from "./http/app.ts";
import { addHealth } from "./http/health.ts";
import { listen } from "./http/server.ts";
import { describeError } from "./log.ts";
import { findModels } from "./find-models.ts";
import { Provers } from "./provers.ts";
import { ensureRegistered } from "./registration.ts";
import { RequestBook } from "./request-book.ts";
import type { Shared } from "./shared.ts";
import { Sweeper } from "./sweeper.ts";
import { TaskPool } from "./task-pool.ts";
import { TransactionQueue } from "./transaction-queue.ts";
import type { NodeOptions, RunningNode } from "./types.ts";
import { Windows } from "./window.ts";

/** What a role adds to the common parts. */
export interface RolePart {
  /** Pictures of the chain besides the book of requests. */
  views: readonly ChainView[];
  addRoutes(app: Hono): void;
  /** Once, when the node is registered. */
  prepare(): Promise<void>;
  /** At every poll: offers tasks, and waits for none. */
  onHead(head: Head): void;
}

const TASKS_AT_ONCE = 64;
const QUICK_TASKS_AT_ONCE = 16;
/** How long a stop waits for transactions under way. */
const GRACE_MS = 10_000;

/** Starts a node; returns when it is registered, has caught up with the chain and serves. */
export async function startNode(
  role: { id: Role; name: NodeHealth["role"]; create: (shared: Shared) => RolePart },
  options: NodeOptions,
): Promise<RunningNode> {
  const { host = "127.0.0.1", port = 0, pollingIntervalMs = 250 } = options;
  const controller = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, controller.signal])
    : controller.signal;

  const chain = await connectChain(options);
  const logger = options.logger.child({ role: role.name, address: chain.address });
  const models = await findModels(chain, options);
  const store = await ContentStore.open(options.folder);
  const book = new RequestBook();
  const transactions = new TransactionQueue(chain.client, signal);
  const tasks = new TaskPool({ limit: TASKS_AT_ONCE, logger, signal });
  const quick = new TaskPool({ limit: QUICK_TASKS_AT_ONCE, logger, signal });
  const provers = new Provers(chain, signal, options.createProver);
  const windows = new Windows(chain);

  let head: Head | undefined;
  const wake = () => {
    if (head !== undefined && !signal.aborted) part.onHead(head);
  };
  const shared: Shared = {
    chain,
    models,
    store,
    book,
    windows,
    transactions,
    tasks,
    quick,
    provers,
    logger,
    signal,
    wake,
  };
  const part = role.create(shared);
  const sweeper = new Sweeper(shared);
  const follower = new Follower({
    chain,
    views: [book, ...part.views],
    onHead: (newest) => {
      head = newest;
      part.onHead(newest);
      sweeper.onHead(newest);
    },
    pollingIntervalMs,
    logger,
    signal,
  });

  const app = createApp(logger);
  addHealth(app, shared, { role: role.name, block: () => head?.number });
  part.addRoutes(app);
  const server = await listen(app, host, port);
  const endpoint = options.endpoint ?? server.endpoint;
  const shutDown = async () => {
    controller.abort();
    await server.close();
    await provers.close();
    const drained = Promise.all([tasks.drain(), quick.drain()]);
    await Promise.race([drained, sleep(GRACE_MS, undefined, { ref: false })]);
  };
  try {
    await ensureRegistered({ chain, transactions, role: role.id, endpoint, options });
    await part.prepare();
    await follower.sync();
  } catch (error) {
    await shutDown();
    throw error;
  }

  logger.info({ endpoint, chainId: chain.deployment.chainId }, "ready");
  const closed = follower
    .run()
    .then(shutDown)
    .then(() => logger.info("stopped"))
    .catch((error: unknown) => logger.error(describeError(error), "stopped with an error"));
  const stop = () => {
    controller.abort();
    return closed;
  };
  return { address: chain.address, endpoint, closed, stop };
}
