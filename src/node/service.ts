// SPDX-License-Identifier: MIT
/**
 * Owns the life of one node, whatever its role: checks, database, HTTP service, registration, the loops, and the end. The
 * role's own part only says what is to be done at each block.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Hono } from "hono";

import type { NodeHealth } from "../client/node/types.ts";
import type { Hex32 } from "../protocol/ids.ts";
import type { Role } from "../protocol/node.ts";
import { ContentStore, Jobs } from "../store/index.ts";
import { BatchBook } from "./batches/batch-book.ts";
import { connectChain } from "./chain.ts";
import { CONTENT_KINDS } from "./content.ts";
import { openNodeDatabase } from "./database.ts";
import type { ChainView } from "./events.ts";
import { findModels } from "./find-models.ts";
import { createProvider, Follower, type Head } from "./follower/index.ts";
import { createApp } from "./http/app.ts";
import { addHealth } from "./http/health.ts";
import { addReady } from "./http/ready.ts";
import { listen } from "./http/server.ts";
import { JobDesk } from "./jobs/desk.ts";
import { QUEUES } from "./jobs/queues.ts";
import { workOnJobs } from "./jobs/work.ts";
import { describeError } from "./log.ts";
import { meterTransport, type Provider } from "./metrics/meters.ts";
import { Metrics } from "./metrics/metrics.ts";
import { Monitor } from "./metrics/monitor.ts";
import type { MetricSources } from "./metrics/sources.ts";
import { Timings } from "./metrics/timings.ts";
import { outlast } from "./outage.ts";
import { Proofs } from "./proofs.ts";
import { Provers } from "./provers.ts";
import { ensureRegistered, settleEarlier } from "./registration.ts";
import { RequestBook } from "./request-book.ts";
import { Sender } from "./sender/index.ts";
import type { Shared } from "./shared.ts";
import { Sweeper } from "./sweeper.ts";
import { TaskPool } from "./task-pool.ts";
import type { NodeOptions, RunningNode } from "./types.ts";
import { Windows } from "./window.ts";

/** What a role adds to the common parts. */
export interface RolePart {
  /** Pictures of the chain besides the book of requests. */
  views: readonly ChainView[];
  /** Numbers that only this role knows. */
  metricSources?: Partial<MetricSources>;
  addRoutes(app: Hono): void;
  /** Once, when the node is registered. */
  prepare(): Promise<void>;
  /** Content that is still needed, besides that of requests on chain. */
  namesInUse?(): Iterable<Hex32>;
  /** At every poll: offers tasks, and waits for none. */
  onHead(head: Head): void;
}

const TASKS_AT_ONCE = 64;
const QUICK_TASKS_AT_ONCE = 16;
/** How long a stop waits for what runs. */
const GRACE_MS = 10_000;

/** Starts a node; returns when it is registered, has caught up with the chain and serves. */
export async function startNode(
  role: { id: Role; name: NodeHealth["role"]; create: (shared: Shared) => RolePart },
  options: NodeOptions,
): Promise<RunningNode> {
  const { host = "127.0.0.1", port = 0, pollingIntervalMs = 250 } = options;
  const { backupRpcUrl, confirmations } = options;
  const controller = new AbortController();
  const outer = options.signal
    ? AbortSignal.any([options.signal, controller.signal])
    : controller.signal;

  const metrics = new Metrics(role.name);
  const chain = await connectChain(options, metrics);
  const logger = options.logger.child({ role: role.name, address: chain.address });
  const { database, lease, close: closeDatabase } = await openNodeDatabase(chain, options, outer);
  const signal = AbortSignal.any([outer, lease.lost]);
  // What is stopped in the reverse order, also when the start fails half-way.
  const ends: (() => Promise<unknown>)[] = [closeDatabase];
  const shutDown = async (): Promise<void> => {
    controller.abort();
    for (const end of ends.toReversed()) {
      await end().catch((error: unknown) => logger.debug(describeError(error), "while stopping"));
    }
  };
  const background = (what: string, run: Promise<void>): void => {
    const ended = run.catch((error: unknown) => {
      if (!signal.aborted) logger.error({ what, ...describeError(error) }, "a loop ended");
    });
    ends.push(() => Promise.race([ended, sleep(GRACE_MS, undefined, { ref: false })]));
  };

  try {
    let head: Head | undefined;
    const wake = () => {
      if (head !== undefined && !signal.aborted) part.onHead(head);
    };
    const models = await outlast({ signal, logger }, () => findModels(chain, options));
    const store = await ContentStore.open(database, { kinds: CONTENT_KINDS });
    const jobs = await Jobs.open(database, {
      queues: QUEUES,
      onError: (error, job) =>
        logger.warn({ ...job, ...describeError(error) }, "a job failed, or its queue"),
    });
    ends.push(() => jobs.close());
    // A folder is one process' alone: what is taken, an earlier one took.
    if (database.engine === "pglite") await jobs.reclaim();
    const provers = new Provers(chain, signal, options.createProver, metrics);
    ends.push(() => provers.close());
    const { client, deployment, gasPayers } = chain;
    const { chainId } = deployment;
    const { assertHeld } = lease;
    const sender = new Sender({ client, gasPayers, chainId, database, logger, assertHeld });
    const desk = new JobDesk(jobs, logger);
    const shared: Shared = {
      chain,
      database,
      models,
      store,
      book: new RequestBook(),
      batches: new BatchBook(),
      windows: new Windows(chain),
      sender,
      tasks: new TaskPool({ limit: TASKS_AT_ONCE, logger, signal }),
      quick: new TaskPool({ limit: QUICK_TASKS_AT_ONCE, logger, signal }),
      provers,
      proofs: new Proofs(chain, store, desk),
      desk,
      logger,
      metrics,
      timings: new Timings(chain.address, metrics),
      signal,
      wake,
    };
    const { book, batches, tasks, quick } = shared;
    const part = role.create(shared);
    const monitor = new Monitor(shared, options, {
      machinery: {
        database,
        jobs,
        lease: () => !lease.lost.aborted,
        follower: () => follower.statistics,
      },
      roleSources: part.metricSources ?? {},
    });
    const providerOf = (rpcUrl: string, provider: Provider) =>
      createProvider(rpcUrl, options.transport, (made) => meterTransport(made, metrics, provider));
    const follower = new Follower({
      database,
      chain,
      providers: [
        providerOf(options.rpcUrl, "primary"),
        backupRpcUrl === undefined ? undefined : providerOf(backupRpcUrl, "secondary"),
      ],
      views: [book, batches, ...monitor.views, ...part.views],
      onHead: (newest) => {
        head = newest;
        sender.onHead(newest, newest.confirmed, newest.final);
        monitor.onHead(newest);
        // What other processes of the node wrote.
        quick.offer("refresh", {}, () => store.refresh());
        part.onHead(newest);
        sweeper.onHead(newest);
      },
      ...(confirmations !== undefined && { confirmations }),
      pollingIntervalMs,
      logger,
      signal,
    });
    const sweeper = new Sweeper(shared, {
      prune: (ids) => follower.pruneRequests(ids),
      namesInUse: () => part.namesInUse?.() ?? [],
    });

    const app = createApp(logger);
    addHealth(app, shared, { role: role.name, block: () => head?.number });
    addReady(app, monitor.checks);
    part.addRoutes(app);
    const server = await listen(app, host, port);
    const endpoint = options.endpoint ?? server.endpoint;
    ends.push(() => Promise.race([Promise.all([tasks.drain(), quick.drain()]), grace()]));
    background("sender", sender.run(signal));
    ends.push(() => server.close());
    await monitor.listen();
    ends.push(() => monitor.close());

    await settleEarlier(sender, signal);
    const registration = { chain, sender, role: role.id, endpoint, options };
    await outlast(shared, () => ensureRegistered(registration));
    await part.prepare();
    await outlast(shared, () => follower.sync());
    if (options.doesJobs ?? true)
      background("jobs", workOnJobs(jobs, shared, { signal, onDone: wake }));
    logger.info({ endpoint, chainId }, "ready");
    const closed = follower
      .run()
      .catch((error: unknown) => logger.error(describeError(error), "stopped with an error"))
      .then(shutDown)
      .then(() => logger.info("stopped"));
    const stop = () => {
      controller.abort();
      return closed;
    };
    return { address: chain.address, endpoint, metricsEndpoint: monitor.endpoint, closed, stop };
  } catch (error) {
    await shutDown();
    throw error;
  }
}

function grace(): Promise<void> {
  return sleep(GRACE_MS, undefined, { ref: false });
}
