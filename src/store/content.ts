// SPDX-License-Identifier: MIT
/**
 * Owns what the node was told, computed or promised: one text per name and kind, where a name is 32 bytes in hex. At most
 * `maxEntries` of a kind are kept; who writes more is refused. A process counts what it knows of: several may together
 * pass the bound by what they wrote since each other's last `refresh`.
 */
import type { Hex32 } from "../protocol/ids.ts";
import { SERVER_MS } from "./clock.ts";
import type { Database, Queryable } from "./database.ts";
import {
  ContentMissingError,
  ContentNameError,
  ContentStoreFullError,
  ContentTextError,
  ContentTooLargeError,
} from "./errors.ts";

/** What a store takes. */
export interface ContentStoreLimits {
  /** Bytes of one text in UTF-8. */
  maxBytes: number;
  /** Texts of one kind. */
  maxEntries: number;
}

export interface ContentStoreParameters<Kind extends string> {
  /** All kinds that this process uses; others in the table are left alone. */
  kinds: readonly Kind[];
  limits?: Partial<ContentStoreLimits>;
  /** How late it is noticed that others removed something; until then a name may lead nowhere. */
  reloadMs?: number;
}

const DEFAULT_LIMITS: ContentStoreLimits = { maxBytes: 256 * 1024, maxEntries: 20_000 };
const NAME = /^0x[0-9a-fA-F]{64}$/;
const DEFAULT_RELOAD_MS = 300_000;

/** Where reading goes on: every transaction before it had ended, and was seen, when we last looked. */
const FROM_THE_START = "0";

/**
 * The node's content.
 *
 * @example
 * const store = await ContentStore.open(database, { kinds: ["inputs", "outputs"] });
 * await store.put("inputs", commitment, text);
 * store.has("inputs", commitment); // true
 */
export class ContentStore<Kind extends string> {
  readonly #database: Database;
  readonly #limits: ContentStoreLimits;
  readonly #reloadMs: number;
  /** The names that are there, so that a step can ask without waiting. */
  readonly #names: ReadonlyMap<string, Set<Hex32>>;
  /** Writes under way, which count towards the bound. */
  readonly #writing = new Map<string, number>();
  #horizon = FROM_THE_START;
  #reloadedAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  #nextRefresh: Promise<void> | undefined;

  private constructor(
    database: Database,
    { kinds, limits = {}, reloadMs = DEFAULT_RELOAD_MS }: ContentStoreParameters<Kind>,
  ) {
    this.#reloadMs = reloadMs;
    this.#database = database;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#names = new Map(kinds.map((kind) => [kind, new Set()]));
  }

  /** Opens the store and reads the names that are there. */
  static async open<const Kind extends string>(
    database: Database,
    parameters: ContentStoreParameters<Kind>,
  ): Promise<ContentStore<Kind>> {
    const store = new ContentStore(database, parameters);
    await store.refresh();
    return store;
  }

  /** Whether the name was there at the last `refresh`, or was written by this process since. */
  has(kind: Kind, name: Hex32): boolean {
    return this.#namesOf(kind).has(toName(name));
  }

  /** Every name of a kind, as {@link has} knows them. */
  list(kind: Kind): Hex32[] {
    return [...this.#namesOf(kind)];
  }

  /** Learns the names that other processes, and this one in transactions, wrote since the last time. */
  refresh(): Promise<void> {
    if (this.#refreshing === undefined) return this.#startRefresh();
    // The one under way may have looked before what this caller wants to see.
    this.#nextRefresh ??= this.#refreshing.catch(() => {}).then(() => this.#startRefresh());
    return this.#nextRefresh;
  }

  /** @throws {ContentMissingError} if there is nothing under the name. */
  async get(kind: Kind, name: Hex32): Promise<string> {
    const key = toName(name);
    const body = await readBody(this.#database, kind, key);
    if (body === undefined) {
      this.#namesOf(kind).delete(key);
      throw new ContentMissingError(kind);
    }
    this.#namesOf(kind).add(key);
    return body;
  }

  /**
   * Writes all of it or nothing; what was there is replaced. In a `transaction` it is there when that commits, and
   * {@link has} knows it after the next {@link refresh}.
   *
   * @throws {ContentNameError}, {@link ContentTextError}, {@link ContentTooLargeError} or {@link ContentStoreFullError}
   */
  async put(kind: Kind, name: Hex32, text: string, transaction?: Queryable): Promise<void> {
    await this.#write(kind, name, text, transaction, async (queryable, key) => {
      await queryable.query(
        `INSERT INTO content (kind, name, body, stored_at) VALUES ($1, $2, $3, ${SERVER_MS})
         ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body, stored_at = excluded.stored_at`,
        [kind, key, text],
      );
    });
  }

  /**
   * Writes it unless there is something under the name, and returns what is stored: the first writer's text, in every
   * process and after every restart.
   *
   * @throws what {@link put} throws
   */
  async putIfAbsent(
    kind: Kind,
    name: Hex32,
    text: string,
    transaction?: Queryable,
  ): Promise<string> {
    return this.#write(kind, name, text, transaction, async (queryable, key) => {
      for (;;) {
        const [written] = await queryable.query(
          `INSERT INTO content (kind, name, body, stored_at) VALUES ($1, $2, $3, ${SERVER_MS})
           ON CONFLICT (kind, name) DO NOTHING RETURNING name`,
          [kind, key, text],
        );
        if (written !== undefined) return text;
        const body = await readBody(queryable, kind, key);
        if (body !== undefined) return body;
        // Swept in between: now it is absent.
      }
    });
  }

  /** Removes what was stored more than `ageMs` ago and is not in `kept`; returns how many. */
  async sweep(kind: Kind, kept: ReadonlySet<Hex32>, ageMs: number): Promise<number> {
    const names = this.#namesOf(kind);
    const old = await this.#database.query<{ name: Hex32 }>(
      `SELECT name FROM content WHERE kind = $1 AND stored_at <= ${SERVER_MS} - $2::bigint`,
      [kind, ageMs],
    );
    const unneeded = old.map(({ name }) => name).filter((name) => !kept.has(name));
    if (unneeded.length === 0) return 0;
    // Its age is asked for again: what was stored anew in between stays.
    const removed = await this.#database.query<{ name: Hex32 }>(
      `DELETE FROM content WHERE kind = $1 AND name = ANY($2::text[])
       AND stored_at <= ${SERVER_MS} - $3::bigint RETURNING name`,
      [kind, unneeded, ageMs],
    );
    for (const { name } of removed) names.delete(name);
    return removed.length;
  }

  async #write<T>(
    kind: Kind,
    name: Hex32,
    text: string,
    transaction: Queryable | undefined,
    write: (queryable: Queryable, key: Hex32) => Promise<T>,
  ): Promise<T> {
    const key = toName(name);
    const names = this.#namesOf(kind);
    const { maxBytes, maxEntries } = this.#limits;
    const size = Buffer.byteLength(text);
    if (size > maxBytes) throw new ContentTooLargeError(size, maxBytes);
    if (!text.isWellFormed() || text.includes("\0")) throw new ContentTextError();
    const writing = this.#writing.get(kind) ?? 0;
    if (!names.has(key) && names.size + writing >= maxEntries)
      throw new ContentStoreFullError(kind, maxEntries);

    this.#writing.set(kind, writing + 1);
    try {
      const written = await write(transaction ?? this.#database, key);
      if (transaction === undefined) names.add(key);
      return written;
    } finally {
      this.#writing.set(kind, (this.#writing.get(kind) ?? 1) - 1);
    }
  }

  #startRefresh(): Promise<void> {
    this.#nextRefresh = undefined;
    this.#refreshing = this.#readNames().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * Reads what was written by transactions that had not ended when we last looked, or that began since: a row's sequence
   * would not do, for a lower number may be committed after a higher one was read.
   */
  async #readNames(): Promise<void> {
    const startedAt = performance.now();
    const whole = startedAt - this.#reloadedAt >= this.#reloadMs;
    const known = whole ? [...this.#names].map(([kind, names]) => [kind, [...names]] as const) : [];
    const rows = await this.#database.query<{
      horizon: string;
      kind: string | null;
      name: Hex32;
    }>(
      `SELECT horizon, kind, name
       FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon) AS look
       LEFT JOIN content ON writer >= $1::text::xid8 AND kind = ANY($2::text[])`,
      [whole ? FROM_THE_START : this.#horizon, [...this.#names.keys()]],
    );
    if (whole) {
      const there = new Set(rows.map(({ kind, name }) => `${kind}:${name}`));
      for (const [kind, names] of known) {
        for (const name of names)
          if (!there.has(`${kind}:${name}`)) this.#names.get(kind)?.delete(name);
      }
      this.#reloadedAt = startedAt;
    }
    for (const { horizon, kind, name } of rows) {
      this.#horizon = horizon;
      if (kind !== null) this.#names.get(kind)?.add(name);
    }
  }

  #namesOf(kind: Kind): Set<Hex32> {
    return this.#names.get(kind) ?? new Set();
  }
}

/** The name as it is stored; throws for anything but 32 bytes of hex. */
function toName(name: string): Hex32 {
  if (!NAME.test(name)) throw new ContentNameError();
  return name.toLowerCase() as Hex32;
}

async function readBody(
  queryable: Queryable,
  kind: string,
  name: Hex32,
): Promise<string | undefined> {
  const [row] = await queryable.query<{ body: string }>(
    "SELECT body FROM content WHERE kind = $1 AND name = $2",
    [kind, name],
  );
  return row?.body;
}
