// SPDX-License-Identifier: MIT
/**
 * One SQL dialect, Postgres, on two engines: PGlite in a folder of this machine, or a Postgres server that many processes
 * share. Columns are text, jsonb, boolean, integer (a number) and bigint (a `bigint`), which both engines give alike.
 */

/** What a statement answers. */
export type Row = Record<string, unknown>;

/** Runs one statement; `$1` is the first value. */
export interface Queryable {
  query<T extends Row = Row>(text: string, values?: readonly unknown[]): Promise<T[]>;
}

/** A node's database. All names in statements are those of its own schema. */
export interface Database extends Queryable {
  readonly engine: "pglite" | "postgres";
  /** The schema's name; other schemas that belong to it begin with it. */
  readonly schema: string;
  /** All of the work or nothing of it. Do not use the database itself inside: with PGlite that waits for ever. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Runs statements that bring their own BEGIN and COMMIT, without values; answers the rows of all of them. */
  script(text: string): Promise<Row[]>;
  /** Hears what {@link notify} says, in this and in other processes; what was said while disconnected is lost. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<void>;
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
}
