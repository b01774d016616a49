// SPDX-License-Identifier: MIT
/**
 * Owns what only one process may do at a time: a lease has a name, one holder, and a fence, a number that grows with every
 * holder. Times are the server's. A holder that was paused and does not know that its lease went on writes nothing, if it
 * asks {@link Lease.assertHeld} in the transaction that writes.
 */
import { Bell } from "./bell.ts";
import { SERVER_MS } from "./clock.ts";
import type { Database, Queryable } from "./database.ts";
import { LeaseLostError } from "./errors.ts";
import { isOutage } from "./failure.ts";
import { type Renewal, startRenewal } from "./renewal.ts";

const CHANNEL = "leases";
/** After a failed statement, until the server is back. */
const OUTAGE_MS = 500;

/** A lease that this process holds. */
export interface Lease {
  name: string;
  /** Higher than that of every holder before. */
  fence: bigint;
  /** Fires before another process can have it; its reason is a {@link LeaseLostError}. */
  lost: AbortSignal;
  /**
   * Nobody else gets the lease until this transaction ends, which therefore must be much shorter than the lease's time.
   *
   * @throws {LeaseLostError} if it is not held any more
   */
  assertHeld(transaction: Queryable): Promise<void>;
  /** Gives it up; a waiter gets it at once. */
  release(): Promise<void>;
}

export interface AcquireParameters {
  name: string;
  /** Who asks, for people who look into the table; two may have the same. */
  holder: string;
  /** How long it stays held without a renewal; it is renewed three times in that time. */
  ttlMs: number;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/**
 * The leases of a node.
 *
 * @example
 * const leases = await Leases.open(database);
 * const lease = await leases.acquire({ name: "sender", holder: "host:1234", ttlMs: 10_000 });
 */
export class Leases {
  readonly #database: Database;
  readonly #waiting = new Map<string, Set<Bell>>();

  private constructor(database: Database) {
    this.#database = database;
  }

  static async open(database: Database): Promise<Leases> {
    const leases = new Leases(database);
    await database.listen(CHANNEL, (name) => {
      for (const bell of leases.#waiting.get(name) ?? []) bell.ring();
    });
    return leases;
  }

  /** Waits until the lease is free and takes it; `undefined` if the signal ended the wait. */
  async acquire(parameters: AcquireParameters): Promise<Lease | undefined> {
    const { name, ttlMs, signal } = parameters;
    const bell = new Bell();
    const bells = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, bells.add(bell));
    try {
      for (;;) {
        if (signal?.aborted === true) return undefined;
        let waitMs: number;
        try {
          const lease = await this.#take(parameters);
          if (lease !== undefined) return lease;
          waitMs = Math.min(await this.#remainingMs(name), ttlMs);
        } catch (error) {
          if (!isOutage(error)) throw error;
          waitMs = OUTAGE_MS;
        }
        await bell.wait(waitMs, signal);
      }
    } finally {
      bells.delete(bell);
      if (bells.size === 0) this.#waiting.delete(name);
    }
  }

  async #take({ name, holder, ttlMs }: AcquireParameters): Promise<Lease | undefined> {
    const askedAt = performance.now();
    const [row] = await this.#database.query<{ fence: bigint }>(
      `INSERT INTO leases (name, holder, fence, expires_at) VALUES ($1, $2, 1, ${SERVER_MS} + $3::bigint)
       ON CONFLICT (name) DO UPDATE
       SET holder = excluded.holder, fence = leases.fence + 1, expires_at = excluded.expires_at
       WHERE leases.expires_at <= ${SERVER_MS} RETURNING fence`,
      [name, holder, ttlMs],
    );
    if (row === undefined) return undefined;
    const { fence } = row;
    const renewal = startRenewal({
      termMs: ttlMs,
      askedAt,
      renew: () => this.#renew(name, fence, ttlMs),
      reason: () => new LeaseLostError(name),
    });
    return {
      name,
      fence,
      lost: renewal.lost,
      assertHeld: (transaction) => assertHeld(transaction, name, fence),
      release: () => this.#release(name, fence, renewal),
    };
  }

  async #renew(name: string, fence: bigint, ttlMs: number): Promise<boolean> {
    const renewed = await this.#database.query(
      `UPDATE leases SET expires_at = ${SERVER_MS} + $3::bigint
       WHERE name = $1 AND fence = $2 AND expires_at > ${SERVER_MS} RETURNING name`,
      [name, fence, ttlMs],
    );
    return renewed.length > 0;
  }

  /** The row stays, for its fence. */
  async #release(name: string, fence: bigint, renewal: Renewal): Promise<void> {
    renewal.stop();
    await this.#database.query("UPDATE leases SET expires_at = 0 WHERE name = $1 AND fence = $2", [
      name,
      fence,
    ]);
    await this.#database.notify(CHANNEL, name);
  }

  async #remainingMs(name: string): Promise<number> {
    const [row] = await this.#database.query<{ remaining: bigint }>(
      `SELECT expires_at - ${SERVER_MS} AS remaining FROM leases WHERE name = $1`,
      [name],
    );
    return Math.max(1, Number(row?.remaining ?? 0n));
  }
}

/** The row's lock keeps the next holder waiting until the transaction ends. */
async function assertHeld(transaction: Queryable, name: string, fence: bigint): Promise<void> {
  const held = await transaction.query(
    `SELECT 1 FROM leases WHERE name = $1 AND fence = $2 AND expires_at > ${SERVER_MS} FOR SHARE`,
    [name, fence],
  );
  if (held.length === 0) throw new LeaseLostError(name);
}
