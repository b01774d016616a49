// SPDX-License-Identifier: MIT
import {
  type ClientBase,
  type CustomTypesConfig,
  Pool,
  type PoolClient,
  type PoolConfig,
  type QueryResult,
  types,
} from "pg";

import type { Database, Queryable, Row } from "./database.ts";
import { Ears } from "./ears.ts";
import { DatabaseUnusableError } from "./errors.ts";
import { withQueryErrors } from "./failure.ts";

const INT8 = 20;
const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5_000;

const parsers: CustomTypesConfig = {
  getTypeParser: ((oid: number, format: "text" | "binary") =>
    oid === INT8 ? BigInt : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/**
 * Connects to a Postgres server. Connections that break are replaced; a statement on one that breaks fails.
 *
 * @throws {DatabaseUnusableError}
 */
export async function openPostgres(url: string, schema: string): Promise<Database> {
  const connection: PoolConfig = {
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "assay",
    options: `-c search_path=${schema}`,
    types: parsers,
    keepAlive: true,
  };
  const pool = new Pool({ ...connection, max: MAX_CONNECTIONS });
  // A connection that breaks while idle is replaced by the next use.
  pool.on("error", () => {});
  try {
    await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  } catch (cause) {
    await pool.end();
    // Two processes may make the schema at once; the loser finds it there.
    if (!isDuplicate(cause)) throw new DatabaseUnusableError("server", cause);
    return openPostgres(url, schema);
  }

  const runOn = (target: Pick<ClientBase, "query">): Queryable => ({
    query: async <T extends Row>(text: string, values: readonly unknown[] = []) => {
      const { rows } = await withQueryErrors(text, target.query<T>(text, [...values]));
      return rows;
    },
  });
  const ears = new Ears(connection);
  const database: Queryable = runOn(pool as unknown as ClientBase);
  return {
    ...database,
    engine: "postgres",
    schema,
    transaction: (work) =>
      withClient(pool, async (client) => {
        await withQueryErrors("BEGIN", client.query("BEGIN"));
        const done = await work(runOn(client));
        await withQueryErrors("COMMIT", client.query("COMMIT"));
        return done;
      }),
    script: (text) =>
      withClient(pool, async (client) => {
        // With several statements there are several results, which the types do not tell.
        const results: QueryResult<Row> | QueryResult<Row>[] = await withQueryErrors(
          text,
          client.query<Row>(text),
        );
        return [results].flat().flatMap(({ rows }) => rows);
      }),
    listen: (channel, onPayload) => ears.listen(`${schema}_${channel}`, onPayload),
    notify: async (channel, payload) => {
      await database.query("SELECT pg_notify($1, $2)", [`${schema}_${channel}`, payload]);
    },
    close: async () => {
      await ears.close();
      await pool.end();
    },
  };
}

/** Lends a connection; after a failure nothing of a transaction is left on it. */
async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await withQueryErrors("connect", pool.connect());
  let broken = false;
  // The pool hears errors of idle connections only, and one that nobody hears ends the process.
  const onBreak = () => {
    broken = true;
  };
  client.on("error", onBreak);
  try {
    return await work(client);
  } catch (error) {
    await client.query("ROLLBACK").catch(onBreak);
    throw error;
  } finally {
    client.off("error", onBreak);
    client.release(broken);
  }
}

/** Two sessions that create the same schema: unique_violation or duplicate_schema. */
function isDuplicate(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "23505" || code === "42P06";
}
