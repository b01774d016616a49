// SPDX-License-Identifier: MIT
import {
  Client,
  type ClientBase,
  type ClientConfig,
  type CustomTypesConfig,
  Pool,
  type PoolClient,
  type PoolConfig,
  types,
} from "pg";

import { type Database, MISSED, type Queryable, type Row } from "./database.ts";
import { DatabaseUnusableError } from "./errors.ts";
import { withQueryErrors } from "./failure.ts";

const INT8 = 20;
const MAX_CONNECTIONS = 8;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 1_000;

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
    transaction: (work) => inTransaction(pool, (client) => work(runOn(client))),
    script: async (text) => {
      const results = await withQueryErrors(text, pool.query<Row>(text));
      // The driver answers an array where there are several statements; its types do not say so.
      const last = Array.isArray(results) ? (results as (typeof results)[]).at(-1) : results;
      return last?.rows ?? [];
    },
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

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await withQueryErrors("BEGIN", pool.connect());
  let broken = false;
  try {
    await withQueryErrors("BEGIN", client.query("BEGIN"));
    const done = await work(client);
    await withQueryErrors("COMMIT", client.query("COMMIT"));
    return done;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Two sessions that create the same schema: unique_violation or duplicate_schema. */
function isDuplicate(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "23505" || code === "42P06";
}

/** One connection that only listens, and connects again when it breaks. */
class Ears {
  readonly #connection: ClientConfig;
  readonly #listeners = new Map<string, ((payload: string) => void)[]>();
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(connection: ClientConfig) {
    this.#connection = connection;
  }

  async listen(channel: string, onPayload: (payload: string) => void): Promise<void> {
    const known = this.#listeners.get(channel);
    if (known !== undefined) {
      known.push(onPayload);
      return;
    }
    this.#listeners.set(channel, [onPayload]);
    this.#client ??= this.#connect();
    const client = await this.#client;
    await withQueryErrors("LISTEN", client.query(`LISTEN ${client.escapeIdentifier(channel)}`));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  async #connect(): Promise<Client> {
    const client = new Client(this.#connection);
    client.on("notification", ({ channel, payload = "" }) => {
      for (const hear of this.#listeners.get(channel) ?? []) hear(payload);
    });
    client.on("error", () => {});
    client.on("end", () => {
      if (!this.#closed) setTimeout(() => this.#again(), RECONNECT_MS).unref();
    });
    await withQueryErrors("connect", client.connect());
    return client;
  }

  #again(): void {
    if (this.#closed) return;
    const connecting = this.#connect().then(async (client) => {
      for (const channel of this.#listeners.keys())
        await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
      for (const hears of this.#listeners.values()) for (const hear of hears) hear(MISSED);
      return client;
    });
    this.#client = connecting;
    connecting.catch(() => setTimeout(() => this.#again(), RECONNECT_MS).unref());
  }
}
