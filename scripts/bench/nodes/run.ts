// SPDX-License-Identifier: MIT
/** One measurement: a backlog in a database, released at one moment, and how fast it is done by the server's clock. */
import { cpus } from "node:os";
import { setTimeout as delay } from "node:timers/promises";

import { hexBytes, objectOf, parseJson, uint } from "../../../src/protocol/json.ts";
import { RECHECK } from "../../../src/node/jobs/queues.ts";
import { jobSchemaOf } from "../../../src/store/boss.ts";
import { SERVER_MS } from "../../../src/store/clock.ts";
import type { Database, Jobs } from "../../../src/store/index.ts";
import { type Backlog, type DeliveredResult, toJob } from "./backlog.ts";
import type { BenchNetwork } from "./network.ts";

/** The backlog waits until it is released. */
const HELD_MS = 3_600_000;
const OFFERS_AT_ONCE = 8;
const POLL_MS = 50;
const TIMEOUT_MS = 180_000;

const readOpinion = objectOf<{ outputCommitment: string; units: number }>({
  outputCommitment: hexBytes(32),
  units: uint(40),
});

/** How fast a backlog was done. */
export interface Rate {
  perSecond: number;
  /** Processor cores of the machine that were not idle, on average; whatever kept them busy. */
  busyCores: number;
  cores: number;
  /** The share of the time in which this process' one thread was busy. */
  busyThread: number;
  /** Processor time of this process for each job. */
  cpuMs: number;
}

/** Puts jobs into the queue, where they wait; returns how many a second. */
export async function offer(
  jobs: Jobs,
  results: readonly DeliveredResult[],
  network: Pick<BenchNetwork, "modelId" | "sources">,
  delayMs = HELD_MS,
): Promise<number> {
  const startedAt = performance.now();
  const left = results.map((result) => toJob(result, network));
  const work = async () => {
    for (let job = left.pop(); job !== undefined; job = left.pop())
      await jobs.offer(RECHECK, job.id, job, { delayMs });
  };
  await Promise.all(Array.from({ length: OFFERS_AT_ONCE }, work));
  return results.length / ((performance.now() - startedAt) / 1_000);
}

/** From the release of a backlog to the last opinion that was stored; fails if an opinion of a re-check is wrong. */
export async function measureBacklog(
  database: Database,
  results: readonly DeliveredResult[],
  network: Pick<BenchNetwork, "modelId" | "sources">,
): Promise<Rate> {
  const ids = results.map((result) => toJob(result, network).id);
  const backlog: Backlog = results[0]?.backlog ?? "stored";
  const stopCounting = countBusy(ids.length);
  const releasedAt = await release(database, network.sources[backlog]);
  await untilStored(database, ids);
  const busy = stopCounting();

  const opinions = await database.query<{ name: string; body: string; stored_at: bigint }>(
    "SELECT name, body, stored_at FROM content WHERE kind = 'opinions' AND name = ANY($1::text[])",
    [ids],
  );
  const right = new Map(ids.map((id, index) => [id as string, results[index]?.outputCommitment]));
  for (const { name, body } of opinions) {
    const opinion = parseJson(body, readOpinion, { what: "opinion", limit: 4_096 });
    if (backlog !== "stored" && right.get(name) !== opinion.outputCommitment)
      throw new TypeError(`The opinion of ${name} is wrong.`);
  }
  const endedAt = opinions.reduce((last, { stored_at: at }) => (at > last ? at : last), releasedAt);
  return { perSecond: ids.length / (Number(endedAt - releasedAt) / 1_000), ...busy };
}

/** Lets the workers have the jobs of one source; returns when that was. */
async function release(database: Database, source: string): Promise<bigint> {
  const [row] = await database.query<{ at: bigint }>(
    `WITH released AS (
       UPDATE ${jobSchemaOf(database)}.job SET start_after = clock_timestamp()
       WHERE name = $1 AND lower(data->'payload'->>'source') = lower($2) RETURNING 1)
     SELECT ${SERVER_MS} AS at, count(*) FROM released`,
    [RECHECK.name, source],
  );
  await database.notify("jobs", RECHECK.name);
  return row?.at ?? 0n;
}

async function untilStored(database: Database, ids: readonly string[]): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  for (;;) {
    const [row] = await database.query<{ count: bigint }>(
      "SELECT count(*) AS count FROM content WHERE kind = 'opinions' AND name = ANY($1::text[])",
      [ids],
    );
    if (Number(row?.count ?? 0n) === ids.length) return;
    if (performance.now() > end) throw new TypeError(`Not done in ${TIMEOUT_MS} ms.`);
    await delay(POLL_MS);
  }
}

/** Returns what tells how busy this thread and the machine were since. */
function countBusy(jobs: number): () => Omit<Rate, "perSecond"> {
  const read = () => {
    const times = cpus().map(({ times }) => times);
    return {
      cores: times.length,
      idle: times.reduce((sum, { idle }) => sum + idle, 0),
      all: times.flatMap((time) => Object.values(time)).reduce((sum, time) => sum + time, 0),
    };
  };
  const before = read();
  const thread = performance.eventLoopUtilization();
  const usedBefore = process.cpuUsage();
  return () => {
    const { cores, idle, all } = read();
    const busyThread = performance.eventLoopUtilization(thread).utilization;
    const { user, system } = process.cpuUsage(usedBefore);
    const idleShare = (idle - before.idle) / Math.max(1, all - before.all);
    return {
      cores,
      busyCores: cores * (1 - idleShare),
      busyThread,
      cpuMs: (user + system) / 1_000 / jobs,
    };
  };
}
