// SPDX-License-Identifier: MIT
/** What a test's child process does: `node child.ts <part> <options as JSON>`. */
import { setTimeout as delay } from "node:timers/promises";

import { BaseError } from "../../src/protocol/errors.ts";
import type { Job, Queue } from "../../src/store/job-types.ts";
import { Jobs } from "../../src/store/jobs.ts";
import { Leases } from "../../src/store/leases.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { makeQueue, makeWork, recordRun, TICK_MS, type Work } from "./job-queues.ts";

interface WorkPart {
  queue: Partial<Queue<Work>>;
  /** A key to offer. */
  offer?: string;
  takesMs: number;
  concurrency: number;
}

const [part = "", json = "{}"] = process.argv.slice(2);
const options = JSON.parse(json) as DatabaseLocation & Record<string, unknown>;
const say = (line: string) => process.stdout.write(`${line}\n`);

const parts: Record<string, () => Promise<void>> = {
  /** Opens the database and keeps it. */
  hold: async () => {
    await openDatabase(options);
    say("open");
    await delay(600_000);
  },
  /** Writes rows for ever, and says each once it is committed. */
  write: async () => {
    const database = await openDatabase(options);
    await database.query("CREATE TABLE IF NOT EXISTS rows (id bigint PRIMARY KEY, text text)");
    const [row] = await database.query<{ count: bigint; highest: bigint }>(
      "SELECT count(text) AS count, coalesce(max(id), 0) AS highest FROM rows",
    );
    const { count = 0n, highest = 0n } = row ?? {};
    say(`found ${count} ${highest}`);
    for (let id = highest + 1n; ; id += 1n) {
      const text = "x".repeat(Number(id % 97n) * 50);
      if (id % 3n === 0n) {
        await database.transaction(async (transaction) => {
          await transaction.query("INSERT INTO rows VALUES ($1, $2)", [id, text]);
          await transaction.query("UPDATE rows SET text = $2 WHERE id = $1 - 1", [id, text]);
        });
      } else await database.query("INSERT INTO rows VALUES ($1, $2)", [id, text]);
      say(`row ${id}`);
    }
  },
  /** Takes a lease and writes as its holder, asking each time whether it still is. */
  lead: async () => {
    const database = await openDatabase(options);
    const leases = await Leases.open(database);
    const { name, ttlMs } = options as unknown as { name: string; ttlMs: number };
    const lease = await leases.acquire({ name, holder: "child", ttlMs });
    if (lease === undefined) return;
    lease.lost.addEventListener("abort", () => say("lost"));
    say(`held ${lease.fence}`);
    for (;;) {
      try {
        await database.transaction(async (transaction) => {
          await lease.assertHeld(transaction);
          await transaction.query("INSERT INTO writes (fence) VALUES ($1)", [lease.fence]);
        });
        say("wrote");
      } catch (error) {
        say(`refused ${error instanceof BaseError ? error.code : String(error)}`);
      }
      await delay(10);
    }
  },
  /** Works on a queue; each job is a row for as long as it runs, and another one when it is done. */
  work: async () => {
    const database = await openDatabase(options);
    const { queue: overrides, offer, takesMs, concurrency } = options as unknown as WorkPart;
    const queue = makeQueue(overrides);
    const onError = (error: unknown) =>
      say(`error ${error instanceof BaseError ? error.code : String(error)}`);
    const jobs = await Jobs.open(database, { queues: [queue], tickMs: TICK_MS, onError });
    if (offer !== undefined) await jobs.offer(queue, offer, makeWork(0));
    const stop = new AbortController();
    process.once("SIGTERM", () => stop.abort());
    const handler = async ({ key, signal }: Job<Work>) => {
      say(`began ${key}`);
      await recordRun(database, key, () => delay(takesMs, undefined, { signal }));
      say(`did ${key}`);
    };
    say("ready");
    await jobs.work(queue, handler, { concurrency, signal: stop.signal });
    await jobs.close();
    await database.close();
    say("ended");
  },
};

await parts[part]?.();
