// SPDX-License-Identifier: MIT
import type { Database } from "./database.ts";
import { SchemaNameError } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { openPglite } from "./pglite.ts";
import { openPostgres } from "./postgres.ts";

/** Short enough for the names that are made from it: pg-boss takes 50 characters, Postgres 63. */
const SCHEMA = /^[a-z][a-z0-9_]{0,44}$/;

/** Where a database is: a folder, a server's URL (`postgres://...`), or `memory:` for one that is gone with the process. */
export interface DatabaseLocation {
  location: string;
  schema: string;
}

/**
 * Opens a node's database and brings it to the newest version.
 *
 * @throws {SchemaNameError}, {@link FolderInUseError}, {@link DatabaseUnusableError} or {@link SchemaTooNewError}
 */
export async function openDatabase({ location, schema }: DatabaseLocation): Promise<Database> {
  if (!SCHEMA.test(schema)) throw new SchemaNameError(schema);
  const database = /^postgres(ql)?:\/\//.test(location)
    ? await openPostgres(location, schema)
    : await openPglite(location === "memory:" ? undefined : location, schema);
  try {
    await migrate(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}
