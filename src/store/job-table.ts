// SPDX-License-Identifier: MIT
/**
 * What pg-boss 12.5.4 has no call for, in its table: renewing a lease (it has no heartbeat), ending an attempt only if it
 * is still the one that runs (its own calls go by the job's id, which the next attempt has too), and counting.
 *
 * An attempt is told from others by `retry_count`, which grows with each. A lease is `started_on` and `expire_seconds`.
 */
import type { PgBoss } from "pg-boss";

import { inTransaction, isDuplicate, jobSchemaOf } from "./boss.ts";
import { SERVER_MS } from "./clock.ts";
import type { Database } from "./database.ts";
import type { DeadLetter, JobFailure, QueueDepth } from "./job-types.ts";

/** What is stored of a job: pg-boss drops the key when a job dies. */
export interface Envelope {
  key: string;
  payload: unknown;
}

/** One attempt, as long as it is the newest. */
export interface Attempt {
  queue: string;
  id: string;
  retryCount: number;
}

const DEAD = ".dead";
const LISTED_DEAD = 1_000;
const THIS_ATTEMPT = "name = $1 AND id = $2::uuid AND retry_count = $3 AND state = 'active'";

export const deadQueueOf = (queue: string): string => queue + DEAD;

export class JobTable {
  readonly #database: Database;
  readonly #jobs: string;
  /** The partition of all queues that have none of their own, as all of ours. */
  readonly #common: string;

  constructor(database: Database) {
    this.#database = database;
    this.#jobs = `${jobSchemaOf(database)}.job`;
    this.#common = `${jobSchemaOf(database)}.job_common`;
  }

  /** Lets the next jobs be found without reading and sorting all that wait, as pg-boss' own indexes would. */
  async addIndex(): Promise<void> {
    try {
      await this.#database.query(
        `CREATE INDEX IF NOT EXISTS job_order ON ${this.#common} (name, priority DESC, created_on, id)
         WHERE state < 'active'`,
      );
    } catch (error) {
      // Another process made it at the same time.
      if (!isDuplicate(error)) throw error;
    }
  }

  /** Whether there is a job of this key. */
  async isKnown(queue: string, key: string): Promise<boolean> {
    const [row] = await this.#database.query<{ known: boolean }>(
      `SELECT EXISTS (
         SELECT FROM ${this.#jobs} WHERE name = $1 AND coalesce(singleton_key, '') = $2
           AND state <= 'active' AND policy = 'exclusive') AS known`,
      [queue, key],
    );
    return row?.known ?? false;
  }

  /** How many jobs wait, counted up to the bound. */
  async countWaiting(queue: string, bound: number): Promise<number> {
    const [row] = await this.#database.query<{ waiting: bigint }>(
      `SELECT count(*) AS waiting FROM (
         SELECT FROM ${this.#jobs} WHERE name = $1 AND state < 'active' LIMIT $2) AS first`,
      [queue, bound],
    );
    return Number(row?.waiting ?? 0n);
  }

  /** Milliseconds until the next job may run, if one waits. */
  async nextDueMs(queue: string): Promise<number | undefined> {
    const [row] = await this.#database.query<{ due: bigint | null }>(
      `SELECT (extract(epoch FROM min(start_after) - clock_timestamp()) * 1000)::bigint AS due
       FROM ${this.#jobs} WHERE name = $1 AND state < 'active'`,
      [queue],
    );
    return row?.due === undefined || row.due === null ? undefined : Math.max(1, Number(row.due));
  }

  /** Begins the attempt's lease anew; `false` if it is not the one that runs. */
  async renew(attempt: Attempt): Promise<boolean> {
    return this.#change(attempt, `UPDATE ${this.#jobs} SET started_on = clock_timestamp()`);
  }

  /** A finished job is forgotten: what it made is content. */
  async finish(attempt: Attempt): Promise<void> {
    await this.#change(attempt, `DELETE FROM ${this.#jobs}`);
  }

  /** Puts the job back as if it had not been taken. */
  async handBack(attempt: Attempt): Promise<void> {
    await this.#change(
      attempt,
      `UPDATE ${this.#jobs} SET state = 'retry', started_on = NULL, start_after = now()`,
    );
  }

  /** Makes jobs of all attempts that run, which count; what had its last one is left to the lease's end. */
  async reclaim(queues: readonly string[]): Promise<void> {
    await this.#database.query(
      `UPDATE ${this.#jobs} SET state = 'retry', start_after = now()
       WHERE name = ANY($1::text[]) AND state = 'active' AND retry_count < retry_limit`,
      [queues],
    );
  }

  /** Ends the attempt with a failure, and the job if it is not worth a retry or has had them all. */
  async fail(boss: PgBoss, attempt: Attempt, failure: JobFailure, retry: boolean): Promise<void> {
    const { queue, id, retryCount } = attempt;
    await this.#database.transaction(async (transaction) => {
      const held = await transaction.query(
        `UPDATE ${this.#jobs} SET retry_limit = CASE WHEN $4::boolean THEN retry_limit ELSE retry_count END
         WHERE ${THIS_ATTEMPT} RETURNING id`,
        [queue, id, retryCount, retry],
      );
      if (held.length > 0) await boss.fail(queue, id, failure, inTransaction(transaction));
    });
  }

  async deadLetters(queues: readonly string[]): Promise<DeadLetter[]> {
    const rows = await this.#database.query<{
      id: string;
      name: string;
      data: Envelope;
      output: unknown;
      died: bigint;
    }>(
      `SELECT id, name, data, output, (extract(epoch FROM created_on) * 1000)::bigint AS died
       FROM ${this.#jobs} WHERE name = ANY($1::text[]) ORDER BY created_on DESC, id LIMIT $2`,
      [queues.map(deadQueueOf), LISTED_DEAD],
    );
    return rows.map(({ id, name, data, output, died }) => ({
      id,
      queue: name.slice(0, -DEAD.length),
      ...data,
      ...toFailure(output),
      diedAt: Number(died),
    }));
  }

  /** Turns a dead letter into a job; `undefined` if there is none of this id. */
  async revive(boss: PgBoss, queues: readonly string[], id: string) {
    return this.#database.transaction(async (transaction) => {
      const [row] = await transaction.query<{ name: string; data: Envelope }>(
        `DELETE FROM ${this.#jobs} WHERE name = ANY($1::text[]) AND id = $2::uuid RETURNING name, data`,
        [queues.map(deadQueueOf), id],
      );
      if (row === undefined) return undefined;
      const queue = row.name.slice(0, -DEAD.length);
      const options = { singletonKey: row.data.key, ...inTransaction(transaction) };
      return { queue, isNew: (await boss.send(queue, row.data, options)) !== null };
    });
  }

  /** Keeps the newest dead letter of each key, and of each queue as many as are listed. */
  async trimDead(queues: readonly string[]): Promise<void> {
    await this.#database.query(
      `DELETE FROM ${this.#jobs} WHERE name = ANY($1::text[]) AND id IN (
         SELECT id FROM (
           SELECT id,
             row_number() OVER (PARTITION BY name, data->>'key' ORDER BY created_on DESC, id) AS of_key,
             row_number() OVER (PARTITION BY name ORDER BY created_on DESC, id) AS of_queue
           FROM ${this.#jobs} WHERE name = ANY($1::text[])
         ) AS dead WHERE of_key > 1 OR of_queue > $2)`,
      [queues.map(deadQueueOf), LISTED_DEAD],
    );
  }

  async depth(queues: readonly string[]): Promise<QueueDepth[]> {
    const rows = await this.#database.query<
      Record<"queued" | "active" | "dead" | "oldest", bigint> & { queue: string }
    >(
      `SELECT queue,
         count(*) FILTER (WHERE name = queue AND state < 'active') AS queued,
         count(*) FILTER (WHERE state = 'active') AS active,
         count(*) FILTER (WHERE name <> queue) AS dead,
         coalesce(greatest(0, ${SERVER_MS} - (extract(epoch FROM
           min(start_after) FILTER (WHERE name = queue AND state < 'active')) * 1000)::bigint), 0) AS oldest
       FROM unnest($1::text[]) AS queue
       LEFT JOIN ${this.#jobs} ON name IN (queue, queue || '${DEAD}')
       GROUP BY queue`,
      [queues],
    );
    return rows.map(({ queue, queued, active, dead, oldest }) => ({
      queue,
      queued: Number(queued),
      active: Number(active),
      oldestSeconds: Number(oldest) / 1000,
      dead: Number(dead),
    }));
  }

  async #change({ queue, id, retryCount }: Attempt, change: string): Promise<boolean> {
    const changed = await this.#database.query(`${change} WHERE ${THIS_ATTEMPT} RETURNING id`, [
      queue,
      id,
      retryCount,
    ]);
    return changed.length > 0;
  }
}

/** Ours as we wrote it; pg-boss' own says that a lease ended. */
function toFailure(output: unknown): JobFailure {
  if (typeof output === "object" && output !== null && "code" in output && "message" in output)
    return { code: String(output.code), message: String(output.message) };
  return { code: "", message: "The worker was killed or lost its connection, each time." };
}
