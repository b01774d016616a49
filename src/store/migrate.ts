// SPDX-License-Identifier: MIT
import type { Database } from "./database.ts";
import { SchemaTooNewError } from "./errors.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";

/** Any number that nothing else on the server takes as an advisory lock. */
const LOCK = 7_210_731;

/**
 * Brings the schema to the newest version, one process at a time. Ours and thirty lines, because the libraries for it
 * bring a connection of their own, which PGlite has none to give.
 *
 * @throws {SchemaTooNewError}
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await database.transaction(async (transaction) => {
    await transaction.query("SELECT pg_advisory_xact_lock($1, hashtext(current_schema()))", [LOCK]);
    await transaction.query(
      "CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, name text NOT NULL)",
    );
    const [row] = await transaction.query<{ version: number }>(
      "SELECT coalesce(max(version), 0) AS version FROM migrations",
    );
    const version = row?.version ?? 0;
    if (version > migrations.length) throw new SchemaTooNewError(version, migrations.length);
    for (const [index, { name, statements }] of migrations.entries()) {
      if (index < version) continue;
      for (const statement of statements) await transaction.query(statement);
      await transaction.query("INSERT INTO migrations (version, name) VALUES ($1, $2)", [
        index + 1,
        name,
      ]);
    }
  });
}
