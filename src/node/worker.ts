// SPDX-License-Identifier: MIT
/**
 * A process that does a node's jobs and has no key: it runs, proves and re-runs, on as many hosts as there are, and the
 * process with the key makes transactions of what it finds. All share one Postgres server.
 */
import type { Logger } from "pino";
import { type Address, createClient, http } from "viem";
import { getChainId } from "viem/actions";

import type { Deployment } from "../client/deployment.ts";
import { withCallErrors } from "../client/revert.ts";
import { assayDomain } from "../protocol/typed-data.ts";
import { ContentStore, Jobs, openDatabase } from "../store/index.ts";
import { CONTENT_KINDS } from "./content.ts";
import { schemaOf } from "./database.ts";
import { WrongChainError } from "./errors.ts";
import { findModels } from "./find-models.ts";
import type { JobParts } from "./jobs/parts.ts";
import { QUEUES } from "./jobs/queues.ts";
import { workOnJobs } from "./jobs/work.ts";
import { describeError } from "./log.ts";
import { Metrics } from "./metrics/metrics.ts";
import { FIRST_ATTEMPTS, outlast } from "./outage.ts";
import { Provers } from "./provers.ts";
import type { NodeOptions } from "./types.ts";

/** What a worker is started with. */
export interface WorkerOptions extends Pick<
  NodeOptions,
  "rpcUrl" | "models" | "modelIds" | "runtime" | "createProver" | "signal"
> {
  deployment: Deployment;
  /** The node whose jobs it does. */
  node: Address;
  role: "inference" | "verification";
  /** URL of the Postgres server that the node uses. */
  database: string;
  /** Re-runs at once. Default four for each core. */
  rechecksAtOnce?: number;
  logger: Logger;
}

/** A worker at work. */
export interface RunningWorker {
  readonly closed: Promise<void>;
  /** Stops it: jobs that run are handed back. */
  stop(): Promise<void>;
}

const REFRESH_MS = 1_000;

/**
 * Starts a worker.
 *
 * @example
 * const worker = await startWorker({
 *   rpcUrl, deployment, node, role: "inference", database: "postgres://db/assay",
 *   models: { digits: await loadModel("digits") }, logger: pino(),
 * });
 * await worker.closed;
 *
 * @throws {WrongChainError}, and what reads and the database throw.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { rpcUrl, deployment, node, role, rechecksAtOnce } = options;
  const controller = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, controller.signal])
    : controller.signal;
  const logger = options.logger.child({ role, worker: true, node });
  const client = createClient({ transport: http(rpcUrl), cacheTime: 0 });
  const patience = { signal, logger };
  const chainId = await outlast({ ...patience, attempts: FIRST_ATTEMPTS }, () =>
    withCallErrors("eth_chainId", getChainId(client)),
  );
  if (chainId !== deployment.chainId) throw new WrongChainError(chainId, deployment.chainId);

  const chain = { client, deployment, domain: assayDomain(deployment) };
  const models = await outlast(patience, () => findModels(chain, options));
  const schema = await outlast(patience, () => schemaOf(client, { deployment, node }));
  const database = await openDatabase({ location: options.database, schema });
  try {
    const store = await ContentStore.open(database, { kinds: CONTENT_KINDS });
    const onError = (error: unknown, job?: { queue: string; key: string }) =>
      logger.warn({ ...job, ...describeError(error) }, "a job failed, or its queue");
    const jobs = await Jobs.open(database, { queues: QUEUES, onError });
    const metrics = new Metrics(role);
    const provers = new Provers(chain, signal, options.createProver, metrics);
    const parts: JobParts = { chain, models, store, provers, logger, metrics };
    const refreshing = setInterval(() => store.refresh().catch(onError), REFRESH_MS);
    logger.info({ chainId }, "works");

    const closed = workOnJobs(jobs, parts, { signal, onDone: () => {}, rechecksAtOnce })
      .finally(async () => {
        clearInterval(refreshing);
        await provers.close();
        await jobs.close();
        await database.close();
      })
      .then(() => logger.info("stopped"));
    const stop = () => {
      controller.abort();
      return closed;
    };
    return { closed, stop };
  } catch (error) {
    await database.close();
    throw error;
  }
}
