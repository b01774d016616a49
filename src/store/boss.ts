// SPDX-License-Identifier: MIT
import { PgBoss, type ConstructorOptions } from "pg-boss";

import type { Database, Queryable } from "./database.ts";
import { QueryFailedError } from "./errors.ts";
import { withQueryErrors } from "./failure.ts";

const START_ATTEMPTS = 5;

type BossDatabase = NonNullable<ConstructorOptions["db"]>;

/** The schema of a database's jobs. */
export function jobSchemaOf({ schema }: Database): string {
  return `${schema}_jobs`;
}

/** Makes pg-boss' tables, or brings them to the newest version. Nothing runs by itself: {@link PgBoss.supervise} is called. */
export async function startBoss(database: Database, monitorSeconds: number): Promise<PgBoss> {
  for (let attempt = 1; ; attempt += 1) {
    const boss = new PgBoss({
      db: onDatabase(database),
      schema: jobSchemaOf(database),
      supervise: false,
      schedule: false,
      monitorIntervalSeconds: monitorSeconds,
      maintenanceIntervalSeconds: 60,
    });
    // Its list of queues could not be read again: it goes on with the one that it has.
    boss.on("error", () => {});
    try {
      await withQueryErrors("start of pg-boss", boss.start());
      return boss;
    } catch (error) {
      // Another process made the same tables at the same time; now they are there.
      if (attempt === START_ATTEMPTS || !isDuplicate(error)) throw error;
    }
  }
}

/** Unique violation, duplicate schema, table or type. */
export function isDuplicate(error: unknown): boolean {
  const codes = ["23505", "42P06", "42P07", "42710"];
  return error instanceof QueryFailedError && codes.includes(error.sqlState);
}

/** What pg-boss calls a database. */
function onDatabase(database: Database): BossDatabase {
  return {
    executeSql: async (text, values) => {
      // Its scripts come without values and bring their own transaction.
      if (!/^\s*BEGIN;/.test(text)) return { rows: await database.query(text, values ?? []) };
      try {
        return { rows: await database.script(text) };
      } catch (error) {
        // It tells by the server's message that another process was faster.
        throw error instanceof QueryFailedError ? error.cause : error;
      }
    },
  };
}

/** Lets pg-boss take part in a transaction. */
export function inTransaction(transaction: Queryable): { db: BossDatabase } {
  return {
    db: {
      executeSql: async (text, values) => ({ rows: await transaction.query(text, values ?? []) }),
    },
  };
}
