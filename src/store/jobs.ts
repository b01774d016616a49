// SPDX-License-Identifier: MIT
/**
 * Owns the work that costs time, in named queues that all processes of a node share. A job has a key; there is one job of
 * a key at a time. A worker has a job on a lease that it renews; when it is killed, the lease ends and another worker has
 * the job. A job that fails too often becomes a dead letter. Queues are bounded: who offers too much is refused, and offers
 * again later.
 */
import type { PgBoss } from "pg-boss";

import { toCanonicalJson } from "../protocol/json.ts";
import { Bell } from "./bell.ts";
import { deadQueueOf, JobTable } from "./job-table.ts";
import type { DeadLetter, JobHandler, Queue, QueueDepth } from "./job-types.ts";
import { runWorker } from "./job-worker.ts";
import { startBoss } from "./boss.ts";
import type { Database } from "./database.ts";
import { DeadLetterMissingError, JobQueueFullError, QueueNameError } from "./errors.ts";
import { isOutage, withQueryErrors } from "./failure.ts";

const CHANNEL = "jobs";
const DEFAULT_TICK_MS = 5_000;
const DEAD_RETENTION_SECONDS = 30 * 86_400;
/** A failed job's dead letter says the same, so the job itself goes soon. */
const FAILED_RETENTION_SECONDS = 60;
const QUEUE_NAME = /^[\w-]{1,40}$/;
/** Waiting jobs are counted again when this share of the room they left is used, so that counting costs little. */
const ROOM_SHARE = 1 / 16;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface JobsParameters {
  queues: readonly Queue<unknown>[];
  /** How often ended leases are looked for, and work that no notice was heard of. */
  tickMs?: number;
  /** Told of failed attempts (with the queue and the key), and of failures in the background. */
  onError: (error: unknown, job?: { queue: string; key: string }) => void;
}

export interface OfferOptions {
  /** The job waits at least this long. */
  delayMs?: number;
  /** Higher ones go first. */
  priority?: number;
}

export interface WorkOptions {
  /** Jobs at a time. */
  concurrency: number;
  /** Ends the work: no job is taken any more, and those that run see it fire. */
  signal: AbortSignal;
}

/**
 * A node's queues.
 *
 * @example
 * const jobs = await Jobs.open(database, { queues: [proving], onError: log });
 * await jobs.offer(proving, requestId, { requestId });
 * await jobs.work(proving, ({ payload, signal }) => prove(payload, signal), { concurrency: 1, signal });
 */
export class Jobs {
  readonly #database: Database;
  readonly #boss: PgBoss;
  readonly #table: JobTable;
  readonly #queues: readonly string[];
  readonly #onError: JobsParameters["onError"];
  readonly #tickMs: number;
  /** How many jobs may be offered before those that wait are counted again. */
  readonly #room = new Map<string, number>();
  readonly #bells = new Map<string, Set<Bell>>();
  readonly #closed = new AbortController();
  #maintaining: Promise<void> = Promise.resolve();

  private constructor(database: Database, boss: PgBoss, parameters: JobsParameters) {
    this.#database = database;
    this.#boss = boss;
    this.#table = new JobTable(database);
    this.#queues = parameters.queues.map(({ name }) => name);
    this.#tickMs = parameters.tickMs ?? DEFAULT_TICK_MS;
    this.#onError = parameters.onError;
  }

  /**
   * Makes the queues, or brings them to what is declared.
   *
   * @throws {QueueNameError}
   */
  static async open(database: Database, parameters: JobsParameters): Promise<Jobs> {
    const { queues, tickMs = DEFAULT_TICK_MS } = parameters;
    for (const { name } of queues) if (!QUEUE_NAME.test(name)) throw new QueueNameError(name);
    // Processes share this work: each asks at every tick, and one of them does it twice in that time at most.
    const boss = await startBoss(database, Math.max(1, Math.floor(tickMs / 2_000)));
    const jobs = new Jobs(database, boss, parameters);
    try {
      for (const queue of queues) await declare(boss, queue);
      await jobs.#table.addIndex();
      await database.listen(CHANNEL, (name) => jobs.#ring(name));
    } catch (error) {
      await jobs.close();
      throw error;
    }
    jobs.#maintaining = jobs.#maintain();
    return jobs;
  }

  /**
   * Adds a job, unless there is one of this key that is not done; returns whether it is new. The bound may be passed by
   * as many as are offered at the same time, or by more than 16 processes that offer.
   *
   * @throws {JobQueueFullError}
   */
  async offer<T>(
    queue: Queue<T>,
    key: string,
    payload: T,
    { delayMs = 0, priority = 0 }: OfferOptions = {},
  ): Promise<boolean> {
    const { name, bound } = queue;
    if (await this.#table.isKnown(name, key)) return false;
    await this.#takeRoom(name, bound);
    const data = JSON.parse(toCanonicalJson({ key, payload })) as object;
    const options = { singletonKey: key, priority, startAfter: delayMs / 1000 };
    const id = await withQueryErrors(`offer to ${name}`, this.#boss.send(name, data, options));
    if (id !== null) await this.#announce(name);
    return id !== null;
  }

  /** Does the queue's jobs until the signal fires and what runs has ended: finished, failed or handed back. */
  async work<T>(queue: Queue<T>, handler: JobHandler<T>, options: WorkOptions): Promise<void> {
    const bell = new Bell();
    const bells = this.#bells.get(queue.name) ?? new Set();
    this.#bells.set(queue.name, bells.add(bell));
    try {
      await runWorker({
        boss: this.#boss,
        table: this.#table,
        queue,
        handler,
        ...options,
        bell,
        pollMs: this.#tickMs,
        onError: this.#onError,
        announce: () => this.#announce(queue.name),
      });
    } finally {
      bells.delete(bell);
    }
  }

  /** The newest dead letters of all queues; one of each key. */
  deadLetters(): Promise<DeadLetter[]> {
    return this.#table.deadLetters(this.#queues);
  }

  /**
   * Makes a job of a dead letter, with all its retries; `false` if there is a job of its key already.
   *
   * @throws {DeadLetterMissingError}
   */
  async revive(id: string): Promise<boolean> {
    const revived = UUID.test(id)
      ? await this.#table.revive(this.#boss, this.#queues, id)
      : undefined;
    if (revived === undefined) throw new DeadLetterMissingError(id);
    await this.#announce(revived.queue);
    return revived.isNew;
  }

  /** Frees what earlier processes had taken, without a wait for the leases' ends; for who is alone with the database. */
  reclaim(): Promise<void> {
    return this.#table.reclaim(this.#queues);
  }

  /** How much of each queue's work is where. */
  depth(): Promise<QueueDepth[]> {
    return this.#table.depth(this.#queues);
  }

  /** Stops the maintenance; to be called after all work has ended. The database stays open. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#maintaining;
    await this.#boss.stop({ graceful: false });
  }

  async #takeRoom(queue: string, bound: number): Promise<void> {
    const room = this.#room.get(queue) ?? 0;
    if (room > 0) {
      this.#room.set(queue, room - 1);
      return;
    }
    const waiting = await this.#table.countWaiting(queue, bound);
    if (waiting >= bound) throw new JobQueueFullError(queue, bound);
    this.#room.set(queue, Math.floor((bound - waiting) * ROOM_SHARE));
  }

  #ring(queue: string): void {
    for (const bell of this.#bells.get(queue) ?? []) bell.ring();
  }

  /** A notice that fails is made up for by the next tick. */
  async #announce(queue: string): Promise<void> {
    await this.#database.notify(CHANNEL, queue).catch((error: unknown) => {
      if (!isOutage(error)) throw error;
    });
  }

  async #maintain(): Promise<void> {
    const tick = new Bell();
    while (!this.#closed.signal.aborted) {
      try {
        await withQueryErrors("maintenance of jobs", this.#boss.supervise());
        await this.#table.trimDead(this.#queues);
        for (const queue of this.#queues) this.#ring(queue);
      } catch (error) {
        if (!isOutage(error)) this.#onError(error);
      }
      await tick.wait(this.#tickMs, this.#closed.signal);
    }
  }
}

async function declare(boss: PgBoss, queue: Queue<unknown>): Promise<void> {
  const dead = deadQueueOf(queue.name);
  const options = {
    deadLetter: dead,
    expireInSeconds: queue.leaseSeconds,
    retryLimit: queue.retries,
    retryBackoff: true,
    retryDelayMax: queue.longestBackoffSeconds,
    deleteAfterSeconds: FAILED_RETENTION_SECONDS,
  };
  const make = async () => {
    await boss.createQueue(dead, { retentionSeconds: DEAD_RETENTION_SECONDS });
    await boss.createQueue(queue.name, { policy: "exclusive", ...options });
    await boss.updateQueue(queue.name, options);
    // It looks a queue up at its first use, which must not be within a transaction.
    await boss.getQueueStats(queue.name);
  };
  await withQueryErrors(`queue ${queue.name}`, make());
}
