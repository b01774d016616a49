// SPDX-License-Identifier: MIT
/**
 * Owns what one process does of a queue: at most `concurrency` jobs at a time, taken only when there is room for them,
 * so that the rest waits where other processes see it.
 */
import type { PgBoss } from "pg-boss";

import { BaseError } from "../protocol/errors.ts";
import { Bell } from "./bell.ts";
import { JobLostError, JobTimeoutError } from "./errors.ts";
import { isOutage } from "./failure.ts";
import type { Attempt, Envelope, JobTable } from "./job-table.ts";
import type { JobFailure, JobHandler, Queue } from "./job-types.ts";
import { startRenewal } from "./renewal.ts";

const OUTAGE_MS = 500;
/** A job that is due and was not given is another worker's in a moment. */
const SHORTEST_WAIT_MS = 5;
/** A handler that does not end when its lease is lost is left alone after this share of it. */
const GRACE_SHARE = 0.2;

export interface WorkerParameters<T> {
  boss: PgBoss;
  table: JobTable;
  queue: Queue<T>;
  handler: JobHandler<T>;
  concurrency: number;
  signal: AbortSignal;
  /** Rung when there may be work. */
  bell: Bell;
  pollMs: number;
  /** Told of every failed attempt, and of what fails beside attempts. */
  onError: (error: unknown, attempt?: Attempt & { key: string }) => void;
  /** Tells other processes that there may be work. */
  announce: () => Promise<void>;
}

interface Fetched extends Attempt {
  data: Envelope;
  askedAt: number;
}

/** Works until the signal fires and all that runs has ended. */
export async function runWorker<T>(parameters: WorkerParameters<T>): Promise<void> {
  const { concurrency, bell, signal, pollMs, table, queue, onError } = parameters;
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const free = concurrency - running.size;
    let waitMs = pollMs;
    try {
      const jobs = free > 0 ? await fetchJobs(parameters, free) : [];
      for (const job of jobs) {
        const run = runJob(parameters, job)
          .catch(onError)
          .finally(() => {
            running.delete(run);
            bell.ring();
          });
        running.add(run);
      }
      if (jobs.length < free)
        waitMs = Math.max((await table.nextDueMs(queue.name)) ?? pollMs, SHORTEST_WAIT_MS);
    } catch (error) {
      // While the server is away there is nothing to do but wait; the signal ends that too.
      if (!isOutage(error)) onError(error);
      waitMs = OUTAGE_MS;
    }
    await bell.wait(Math.min(waitMs, pollMs), signal);
  }
  await Promise.all(running);
}

async function fetchJobs<T>(
  { boss, queue }: WorkerParameters<T>,
  room: number,
): Promise<Fetched[]> {
  const askedAt = performance.now();
  const jobs = await boss.fetch<Envelope>(queue.name, { batchSize: room, includeMetadata: true });
  return jobs.map(({ id, data, retryCount }) => ({
    queue: queue.name,
    id,
    retryCount,
    data,
    askedAt,
  }));
}

async function runJob<T>(parameters: WorkerParameters<T>, job: Fetched): Promise<void> {
  const { boss, table, queue, handler, signal: stop, onError, announce } = parameters;
  const { data, askedAt, ...attempt } = job;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new JobTimeoutError(queue)), queue.timeoutMs);
  const termMs = queue.leaseSeconds * 1000;
  const { lost, stop: stopRenewing } = startRenewal({
    termMs,
    askedAt,
    // After its time a job is not kept for a handler that does not end.
    renew: async () => !timeout.signal.aborted && table.renew(attempt),
    reason: () => new JobLostError(queue.name),
  });
  const fail = (error: unknown, retry: boolean) => {
    onError(error, { ...attempt, key: data.key });
    return async () => {
      await table.fail(boss, attempt, toFailure(error), retry);
      await announce();
    };
  };
  const handBack = async () => {
    await table.handBack(attempt);
    await announce();
  };
  /** Does the job, and tells how to end it. */
  const attend = async (): Promise<() => Promise<void>> => {
    if (stop.aborted) return handBack;
    let payload: T;
    try {
      payload = queue.read(data.payload, "$");
    } catch (error) {
      return fail(error, false);
    }
    const signal = AbortSignal.any([lost, timeout.signal, stop]);
    const shown = { id: job.id, key: data.key, payload, attempt: job.retryCount + 1, signal };
    try {
      await Promise.race([handler(shown), abandoned(lost, termMs * GRACE_SHARE)]);
      return () => table.finish(attempt);
    } catch (error) {
      if (timeout.signal.aborted) return fail(timeout.signal.reason, true);
      if (lost.aborted) return fail(lost.reason, true);
      return stop.aborted ? handBack : fail(error, true);
    }
  };
  try {
    await throughOutages(await attend(), lost);
  } finally {
    clearTimeout(timer);
    stopRenewing();
  }
}

/** What was done is not forgotten because the server is away for a moment; the lease's end is the limit. */
async function throughOutages(end: () => Promise<void>, lost: AbortSignal): Promise<void> {
  const pause = new Bell();
  for (;;) {
    try {
      return await end();
    } catch (error) {
      if (!isOutage(error) || lost.aborted) throw error;
      await pause.wait(OUTAGE_MS, lost);
    }
  }
}

/** Fails some time after the lease was lost. */
function abandoned(lost: AbortSignal, graceMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    lost.addEventListener("abort", () => setTimeout(() => reject(lost.reason), graceMs).unref());
  });
}

function toFailure(error: unknown): JobFailure {
  if (error instanceof BaseError)
    return { code: error.code, message: error.message.replaceAll("\0", "") };
  const name = error instanceof Error ? error.name : "UNKNOWN";
  return { code: name, message: "unexpected failure" };
}
