// SPDX-License-Identifier: MIT
/**
 * Owns who may do what only one process may do. A lease ends unless it is renewed; by the database's clock, because those
 * of hosts differ. Its holder learns of the loss before another can have it, and a write that names the lease fails once
 * another has it, however long its writer slept.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { Database, Queryable } from "./database.ts";
import { LeaseLostError } from "./errors.ts";

/** A lease that this process holds. */
export interface Lease {
  /** Aborts when the lease may be lost. */
  readonly lost: AbortSignal;
  /**
   * Call it inside the transaction of a write that only the holder may make.
   *
   * @throws {LeaseLostError}
   */
  assertHeld(transaction: Queryable): Promise<void>;
  release(): Promise<void>;
}

const CHANNEL = "leases";
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/** Waits until this process has the lease; stops waiting when the signal aborts, with its reason. */
export async function acquireLease(
  database: Database,
  { name, ttlMs, signal }: { name: string; ttlMs: number; signal: AbortSignal },
): Promise<Lease> {
  const holder = randomUUID();
  let freed = Promise.withResolvers<void>();
  await database.listen(CHANNEL, () => freed.resolve());
  for (;;) {
    signal.throwIfAborted();
    freed = Promise.withResolvers<void>();
    const fence = await take(database, { name, holder, ttlMs });
    if (fence !== undefined) return hold(database, { name, holder, fence, ttlMs });
    const timer = new AbortController();
    const waited = sleep(ttlMs / 4, undefined, { signal: timer.signal }).catch(() => {});
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve(), { signal: timer.signal });
    });
    await Promise.race([freed.promise, waited, ended]);
    timer.abort();
  }
}

interface Holding {
  name: string;
  holder: string;
  fence: bigint;
  ttlMs: number;
}

async function take(
  database: Database,
  { name, holder, ttlMs }: Omit<Holding, "fence">,
): Promise<bigint | undefined> {
  const [row] = await database.query<{ fence: bigint }>(
    `INSERT INTO leases AS l (name, holder, fence, expires_at) VALUES ($1, $2, 1, ${NOW} + $3)
     ON CONFLICT (name) DO UPDATE
       SET holder = $2, fence = l.fence + 1, expires_at = ${NOW} + $3
       WHERE l.expires_at <= ${NOW}
     RETURNING fence`,
    [name, holder, ttlMs],
  );
  return row?.fence;
}

function hold(database: Database, { name, holder, fence, ttlMs }: Holding): Lease {
  const loss = new AbortController();
  let renewedAt = performance.now();
  let released = false;
  const renew = async (): Promise<void> => {
    const startedAt = performance.now();
    const rows = await database.query(
      `UPDATE leases SET expires_at = ${NOW} + $3 WHERE name = $1 AND holder = $2 RETURNING name`,
      [name, holder, ttlMs],
    );
    if (rows.length === 0) loss.abort(new LeaseLostError(name));
    else renewedAt = startedAt;
  };
  const timer = setInterval(() => {
    if (performance.now() - renewedAt > (ttlMs * 3) / 4) loss.abort(new LeaseLostError(name));
    if (loss.signal.aborted || released) clearInterval(timer);
    // A renewal that fails is tried again until it would be too late.
    else renew().catch(() => {});
  }, ttlMs / 8);
  timer.unref();

  return {
    lost: loss.signal,
    assertHeld: async (transaction) => {
      // Shared, so that others who assert do not wait, and whoever would take the lease does.
      const rows = await transaction.query(
        "SELECT fence FROM leases WHERE name = $1 AND holder = $2 AND fence = $3 FOR SHARE",
        [name, holder, fence],
      );
      if (rows.length === 0) throw new LeaseLostError(name);
    },
    release: async () => {
      released = true;
      clearInterval(timer);
      await database.query("DELETE FROM leases WHERE name = $1 AND holder = $2", [name, holder]);
      await database.notify(CHANNEL, name);
    },
  };
}
