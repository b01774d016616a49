// SPDX-License-Identifier: MIT
import { bigUint, objectOf, uint } from "../../src/protocol/json.ts";
import type { Database } from "../../src/store/database.ts";
import type { Queue } from "../../src/store/job-types.ts";

export interface Work {
  number: number;
  amount: bigint;
}

export const readWork = objectOf<Work>({ number: uint(32), amount: bigUint(256) });

/** A queue whose times are short enough to wait for. */
export function makeQueue(overrides: Partial<Queue<Work>> = {}): Queue<Work> {
  return {
    name: "work",
    read: readWork,
    bound: 1_000,
    leaseSeconds: 30,
    timeoutMs: 60_000,
    retries: 2,
    longestBackoffSeconds: 0,
    ...overrides,
  };
}

export const makeWork = (number: number): Work => ({ number, amount: 2n ** 200n + BigInt(number) });

/** The shortest that pg-boss allows. */
export const TICK_MS = 1_100;

/** Where {@link recordRun} writes; a row in `running` is a job that runs. */
export async function makeRunTables(database: Database): Promise<void> {
  await database.query("CREATE TABLE IF NOT EXISTS running (key text PRIMARY KEY)");
  await database.query("CREATE TABLE IF NOT EXISTS done (key text PRIMARY KEY)");
}

/** Fails if a job of this key runs or was done before. */
export async function recordRun(database: Database, key: string, run: () => Promise<unknown>) {
  await database.query("INSERT INTO running VALUES ($1)", [key]);
  try {
    await run();
    await database.query("INSERT INTO done VALUES ($1)", [key]);
  } finally {
    await database.query("DELETE FROM running WHERE key = $1", [key]);
  }
}
