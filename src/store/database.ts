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

/** Says that messages may have been missed, since the connection was made again. */
export const MISSED = "";

/** A node's database. All names in statements are those of its own schema. */
export interface Database extends Queryable {
  readonly engine: "pglite" | "postgres";
  /** The schema's name; other schemas that belong to it begin with it. */
  readonly schema: string;
  /** All of the work or nothing of it. Do not use the database itself inside: with PGlite that waits for ever. */
  transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T>;
  /** Runs many statements at once, without values; answers the last one's rows. */
  script(text: string): Promise<Row[]>;
  /** Hears what {@link notify} says, in this and in other processes; {@link MISSED} after a time without connection. */
  listen(channel: string, onPayload: (payload: string) => void): Promise<void>;
  notify(channel: string, payload: string): Promise<void>;
  close(): Promise<void>;
}
