// SPDX-License-Identifier: MIT
/** The two engines with more and more workers. A server's workers are processes; a folder has one process, which does more at once. */
import { join } from "node:path";

import type { Address } from "viem";

import { serializeDeployment } from "../../../src/client/index.ts";
import { schemaOf } from "../../../src/node/database.ts";
import { openDatabase } from "../../../src/store/index.ts";
import { startPostgres } from "../../postgres-server.ts";
import { type QuantisedModel } from "../../../src/zkml/index.ts";
import { type Backlog, BACKLOGS, type DeliveredResult } from "./backlog.ts";
import type { BenchNetwork } from "./network.ts";
import { measureBacklog, offer, type Rate } from "./run.ts";
import { openJobs, SCHEMA, startRechecks, startStoring, type Worker } from "./workers.ts";

/** Of one worker; what it has by default on two cores. */
export const RECHECKS_AT_ONCE = 8;

export interface EngineParameters {
  network: BenchNetwork;
  model: QuantisedModel;
  /** Of each backlog. */
  results: Record<Backlog, DeliveredResult[]>;
  log: (line: string) => void;
}

/** With so many workers. */
export interface EngineRates extends Record<Backlog, Rate> {
  workers: number;
  /** Jobs a second that were put into the queue. */
  offered: number;
}

/** How an engine gets its database and its workers. */
interface Stage {
  database: Awaited<ReturnType<typeof openDatabase>>;
  startStoring(): Promise<Worker>;
  startRechecks(): Promise<Worker>;
}

/** One process; `workers` times as many re-checks at once. */
export async function measurePglite(
  parameters: EngineParameters,
  counts: readonly number[],
): Promise<EngineRates[]> {
  const { network, model } = parameters;
  const { client, deployment } = network.context;
  const rates: EngineRates[] = [];
  for (const workers of counts) {
    const rechecksAtOnce = workers * RECHECKS_AT_ONCE;
    const location = join(network.folder, `pglite-${workers}`);
    const database = await openDatabase({ location, schema: SCHEMA });
    const jobs = await openJobs(database);
    const place = { database, jobs };
    const stage: Stage = {
      database,
      startStoring: () => startStoring(place, { concurrency: rechecksAtOnce }),
      startRechecks: () => startRechecks(place, { client, deployment, model, rechecksAtOnce }),
    };
    const measured = await measureStage(parameters, stage, { workers, jobs });
    await database.close();
    rates.push(measured);
    parameters.log(`PGlite, ${rechecksAtOnce} at once: ${describe(measured)}`);
  }
  return rates;
}

/** `workers` processes, each what `assay node worker` is. */
export async function measurePostgres(
  parameters: EngineParameters,
  counts: readonly number[],
): Promise<EngineRates[]> {
  const { network } = parameters;
  const { client, deployment, rpcUrl } = network.context;
  const server = await startPostgres();
  const rates: EngineRates[] = [];
  try {
    for (const workers of counts) {
      // A schema of its own for each.
      const node: Address = `0x${String(workers).padStart(8, "0").padEnd(40, "0")}`;
      const schema = await schemaOf(client, { deployment, node });
      const database = await openDatabase({ location: server.url, schema });
      const jobs = await openJobs(database);
      const storing = { database: server.url, schema, concurrency: RECHECKS_AT_ONCE };
      const working = {
        rpcUrl,
        node,
        database: server.url,
        deployment: JSON.parse(serializeDeployment(deployment)) as object,
        rechecksAtOnce: RECHECKS_AT_ONCE,
      };
      const measured = await measureStage(
        parameters,
        {
          database,
          startStoring: () => startAll(network, workers, "store", storing),
          startRechecks: () => startAll(network, workers, "work", working),
        },
        { workers, jobs },
      );
      await database.close();
      rates.push(measured);
      parameters.log(`Postgres, ${workers} workers: ${describe(measured)}`);
    }
    return rates;
  } finally {
    await server.remove();
  }
}

async function measureStage(
  { network, results }: EngineParameters,
  stage: Stage,
  { workers, jobs }: { workers: number; jobs: Awaited<ReturnType<typeof openJobs>> },
): Promise<EngineRates> {
  const { database } = stage;
  const all = BACKLOGS.flatMap((backlog) => results[backlog]);
  const offered = await offer(jobs, all, network);

  const storing = await stage.startStoring();
  const stored = await measureBacklog(database, results.stored, network);
  await storing.stop();

  const rechecking = await stage.startRechecks();
  const waiting = await measureBacklog(database, results.waiting, network);
  const computing = await measureBacklog(database, results.computing, network);
  await rechecking.stop();
  await jobs.close();
  return { workers, offered, waiting, computing, stored };
}

async function startAll(
  network: BenchNetwork,
  count: number,
  part: string,
  options: object,
): Promise<Worker> {
  const started = await Promise.all(
    Array.from({ length: count }, () => network.startChild(part, options)),
  );
  return { stop: async () => void (await Promise.all(started.map((child) => child.stop()))) };
}

function describe({ waiting, computing, stored, offered }: EngineRates): string {
  const rates = `${show(waiting)} waiting, ${show(computing)} computing, ${show(stored)} stored`;
  return `${rates}, ${offered.toFixed(0)} offered a second`;
}

function show({ perSecond, busyCores }: Rate): string {
  return `${perSecond.toFixed(0)} (${busyCores.toFixed(1)} cores)`;
}
