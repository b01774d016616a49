// SPDX-License-Identifier: MIT
/**
 * Owns work that takes time, as pg-boss jobs that all processes of the node share. A job of a key exists once until it is
 * done. A worker has it on a lease; if it dies, another takes it when the lease ends. A job that fails is tried again
 * after longer and longer rests, and is a dead letter after `attempts`. Each queue has a bound; who offers more is refused.
 */
import { setTimeout as sleep } from "node:timers/promises";

import { type JobWithMetadata, PgBoss } from "pg-boss";

import { BaseError } from "../protocol/errors.ts";
import { type Reader, toCanonicalJson } from "../protocol/json.ts";
import type { Database, Row } from "./database.ts";
import { DeadLetterMissingError, JobQueueFullError } from "./errors.ts";

/** A kind of work. */
export interface JobQueue<T extends object> {
  name: string;
  /** Checks a payload: it may have been written by another version. */
  read: Reader<T>;
  /** Most jobs that wait or run. */
  limit: number;
  /** How often a job is tried. */
  attempts: number;
  /** Seconds a worker has for a job; it is aborted before they end. */
  leaseSeconds: number;
}

export interface WorkParameters<T extends object> {
  queue: JobQueue<T>;
  concurrency: number;
  signal: AbortSignal;
  handle: (payload: T, signal: AbortSignal) => Promise<void>;
  /** Told of every failed attempt. */
  onFailure?: (payload: T | undefined, error: unknown, isLast: boolean) => void;
}

/** How full a queue is. */
export interface JobDepth {
  queue: string;
  waiting: number;
  active: number;
  dead: number;
  /** Of the oldest that waits; 0 if none does. */
  oldestSeconds: number;
}

/** A job that failed as often as it may. */
export interface DeadLetter {
  id: string;
  queue: string;
  key: string;
  payload: unknown;
  reason: unknown;
}

const CHANNEL = "jobs";
const POLL_MS = 1_000;
const SUPERVISE_MS = 5_000;
const LEASE_MARGIN_MS = 2_000;
const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 300;
const DONE_KEPT_SECONDS = 3_600;

export class Jobs {
  readonly #database: Database;
  readonly #boss: PgBoss;
  readonly #table: string;
  readonly #wakes = new Set<() => void>();
  readonly #waiting = new Map<string, { count: number; at: number }>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(database: Database, boss: PgBoss, table: string) {
    this.#database = database;
    this.#boss = boss;
    this.#table = table;
  }

  /**
   * @param onError Told of failures of the supervision; it goes on.
   */
  static async open(
    database: Database,
    queues: readonly Omit<JobQueue<never>, "read">[],
    onError: (error: unknown) => void = () => {},
  ): Promise<Jobs> {
    const schema = `${database.schema}_jobs`;
    const executeSql = async (text: string, values?: unknown[]) => ({
      rows: values?.length ? await database.query(text, values) : await database.script(text),
    });
    const boss = new PgBoss({ db: { executeSql }, schema, supervise: false, schedule: false });
    boss.on("error", onError);
    await boss.start();
    for (const { name, attempts, leaseSeconds } of queues) {
      const options = {
        retryLimit: attempts - 1,
        retryDelay: FIRST_RETRY_SECONDS,
        retryBackoff: true,
        retryDelayMax: LONGEST_RETRY_SECONDS,
        expireInSeconds: leaseSeconds,
        deleteAfterSeconds: DONE_KEPT_SECONDS,
      };
      const known = await boss.getQueue(name);
      if (known === null) await boss.createQueue(name, { ...options, policy: "exclusive" });
      else await boss.updateQueue(name, options);
    }
    const jobs = new Jobs(database, boss, `${schema}.job`);
    // A folder has one process: what ran when it was last closed runs no more.
    if (database.engine === "pglite") await jobs.#handBackAll();
    await database.listen(CHANNEL, () => {
      for (const wake of jobs.#wakes) wake();
    });
    jobs.#timer = setInterval(() => boss.supervise().catch(onError), SUPERVISE_MS);
    jobs.#timer.unref();
    return jobs;
  }

  /**
   * Offers a job; false if one of this key waits, runs, or is a dead letter.
   *
   * @throws {JobQueueFullError}
   */
  async offer<T extends object>(queue: JobQueue<T>, key: string, payload: T): Promise<boolean> {
    const { name, limit } = queue;
    if ((await this.#waitingIn(name)) >= limit) throw new JobQueueFullError(name, limit);
    if (await this.#isDead(name, key)) return false;
    // Amounts are `bigint`, which JSON has not.
    const data = JSON.parse(toCanonicalJson(payload)) as object;
    const id = await this.#boss.send(name, data, { singletonKey: key });
    if (id === null) return false;
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) waiting.count += 1;
    await this.#database.notify(CHANNEL, name);
    return true;
  }

  /** Works until the signal, then waits for what runs. */
  async work<T extends object>(parameters: WorkParameters<T>): Promise<void> {
    const { queue, concurrency, signal } = parameters;
    const running = new Set<Promise<void>>();
    let failures = 0;
    while (!signal.aborted) {
      const wake = this.#nextWake(signal);
      try {
        const free = concurrency - running.size;
        const jobs = free > 0 ? await this.#fetch<T>(queue.name, free) : [];
        failures = 0;
        for (const job of jobs) {
          const run = this.#run(job, parameters).finally(() => running.delete(run));
          running.add(run);
        }
        if (jobs.length === free && free > 0 && running.size < concurrency) continue;
      } catch {
        // The database is away: what runs goes on, and the wait grows.
        failures += 1;
      }
      await Promise.race([wake(POLL_MS * 2 ** Math.min(failures, 5)), ...running]);
    }
    await Promise.allSettled(running);
  }

  async depth(): Promise<JobDepth[]> {
    return this.#database.query<JobDepth & Row>(
      `SELECT name AS queue,
              count(*) FILTER (WHERE state IN ('created', 'retry'))::integer AS waiting,
              count(*) FILTER (WHERE state = 'active')::integer AS active,
              count(*) FILTER (WHERE state = 'failed')::integer AS dead,
              coalesce(extract(epoch FROM now() - min(created_on)
                FILTER (WHERE state IN ('created', 'retry'))), 0)::float8 AS "oldestSeconds"
       FROM ${this.#table} GROUP BY name`,
    );
  }

  async deadLetters(): Promise<DeadLetter[]> {
    return this.#database.query<DeadLetter & Row>(
      `SELECT id::text AS id, name AS queue, coalesce(singleton_key, '') AS key, data AS payload,
              output AS reason
       FROM ${this.#table} WHERE state = 'failed' ORDER BY created_on`,
    );
  }

  /** @throws {DeadLetterMissingError} */
  async revive(id: string): Promise<void> {
    const letter = (await this.deadLetters()).find((each) => each.id === id);
    if (letter === undefined) throw new DeadLetterMissingError(id);
    await this.#boss.retry(letter.queue, id);
    await this.#database.notify(CHANNEL, letter.queue);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#boss.stop({ graceful: false, close: false });
  }

  async #run<T extends object>(
    job: JobWithMetadata<object>,
    { queue, handle, signal, onFailure }: WorkParameters<T>,
  ): Promise<void> {
    const lease = AbortSignal.timeout(queue.leaseSeconds * 1_000 - LEASE_MARGIN_MS);
    let payload: T | undefined;
    try {
      payload = queue.read(job.data, "payload");
      await handle(payload, AbortSignal.any([signal, lease]));
      await this.#boss.complete(queue.name, job.id);
    } catch (error) {
      const isLast = job.retryCount >= job.retryLimit;
      if (!signal.aborted) onFailure?.(payload, error, isLast);
      // If this fails too, the lease ends by itself.
      await this.#boss.fail(queue.name, job.id, reasonOf(error)).catch(() => {});
    }
    this.#waiting.delete(queue.name);
  }

  #fetch<T extends object>(name: string, batchSize: number): Promise<JobWithMetadata<T>[]> {
    return this.#boss.fetch<T>(name, { batchSize, includeMetadata: true });
  }

  /** Called before the look: whatever is offered after it wakes. */
  #nextWake(signal: AbortSignal): (ms: number) => Promise<void> {
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    this.#wakes.add(wake);
    return async (ms) => {
      const timer = new AbortController();
      const either = AbortSignal.any([signal, timer.signal]);
      await Promise.race([woken, sleep(ms, undefined, { signal: either }).catch(() => {})]);
      timer.abort();
      this.#wakes.delete(wake);
    };
  }

  /** Counted once a second: the bound keeps the queue from growing for ever, not from being one too long. */
  async #waitingIn(name: string): Promise<number> {
    const known = this.#waiting.get(name);
    if (known !== undefined && Date.now() - known.at < POLL_MS) return known.count;
    const [row] = await this.#database.query<{ count: number }>(
      `SELECT count(*)::integer AS count FROM ${this.#table}
       WHERE name = $1 AND state IN ('created', 'retry', 'active')`,
      [name],
    );
    const count = row?.count ?? 0;
    this.#waiting.set(name, { count, at: Date.now() });
    return count;
  }

  async #isDead(name: string, key: string): Promise<boolean> {
    const rows = await this.#database.query(
      `SELECT 1 AS one FROM ${this.#table}
       WHERE name = $1 AND singleton_key = $2 AND state = 'failed' LIMIT 1`,
      [name, key],
    );
    return rows.length > 0;
  }

  async #handBackAll(): Promise<void> {
    const rows = await this.#database.query<{ id: string; name: string }>(
      `SELECT id::text AS id, name FROM ${this.#table} WHERE state = 'active'`,
    );
    const reason = { code: "STOPPED", message: "The process ended while it worked on this." };
    for (const { id, name } of rows) await this.#boss.fail(name, id, reason);
  }
}

/** What is kept of a failure: no causes, which may carry anything. */
function reasonOf(error: unknown): { code: string; message: string } {
  if (error instanceof BaseError) return { code: error.code, message: error.message };
  return { code: "UNKNOWN", message: "unexpected failure" };
}
