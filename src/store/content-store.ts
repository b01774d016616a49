// SPDX-License-Identifier: MIT
/**
 * Owns what a node was told, computed or promised: one text per kind and name, where a name is 32 bytes in hex. What one
 * process of the node writes, all have. At most `maxEntries` texts of a kind are kept; who writes more is refused.
 */
import { type Database, MISSED } from "./database.ts";
import {
  ContentMissingError,
  ContentNameError,
  ContentStoreFullError,
  ContentTooLargeError,
} from "./errors.ts";

export interface ContentLimits {
  /** Bytes of one text. */
  maxBytes: number;
  /** Texts of one kind. */
  maxEntries: number;
}

const DEFAULT_LIMITS: ContentLimits = { maxBytes: 256 * 1024, maxEntries: 20_000 };
const NAME = /^0x[0-9a-f]{64}$/;
const CHANNEL = "content";

type Name = `0x${string}`;

/** Names are equal however they are written; throws for anything but 32 bytes of hex. */
function canonical(name: string): Name {
  const lower = name.toLowerCase();
  if (!NAME.test(lower)) throw new ContentNameError();
  return lower as Name;
}

export class ContentStore<Kind extends string = string> {
  readonly #database: Database;
  readonly #kinds: readonly Kind[];
  readonly #limits: ContentLimits;
  readonly #onWrite: () => void;
  /** What is there, so that the loop can ask without waiting for the database. */
  #names: Map<string, Set<Name>> = new Map();

  private constructor(
    database: Database,
    kinds: readonly Kind[],
    limits: ContentLimits,
    onWrite: () => void,
  ) {
    this.#database = database;
    this.#kinds = kinds;
    this.#limits = limits;
    this.#onWrite = onWrite;
  }

  /** @param options.onWrite Called when anything was written, by this process or another. */
  static async open<Kind extends string>(
    database: Database,
    kinds: readonly Kind[],
    options: { limits?: Partial<ContentLimits>; onWrite?: () => void } = {},
  ): Promise<ContentStore<Kind>> {
    const { limits = {}, onWrite = () => {} } = options;
    const store = new ContentStore(database, kinds, { ...DEFAULT_LIMITS, ...limits }, onWrite);
    // Listening first: what is written meanwhile is then seen in one way or the other.
    await database.listen(CHANNEL, (message) => store.#hear(message));
    await store.refresh();
    return store;
  }

  has(kind: Kind, name: string): boolean {
    return this.#namesOf(kind).has(canonical(name));
  }

  /** Every name of a kind. */
  list(kind: Kind): Name[] {
    return [...this.#namesOf(kind)];
  }

  /** @throws {ContentMissingError} if there is nothing under the name. */
  async get(kind: Kind, name: string): Promise<string> {
    const body = await this.#read(kind, canonical(name));
    if (body === undefined) throw new ContentMissingError(kind);
    return body;
  }

  /** Writes all of it or nothing; what was there is replaced. */
  async put(kind: Kind, name: string, text: string): Promise<void> {
    const key = this.#check(kind, name, text);
    const replace = "ON CONFLICT (kind, name) DO UPDATE SET body = $3, stored_at = $4";
    await this.#insert(kind, key, text, replace);
  }

  /** Writes unless something is there, and returns what is there now: the first writer decides. */
  async putIfAbsent(kind: Kind, name: string, text: string): Promise<string> {
    const key = this.#check(kind, name, text);
    const isNew = await this.#insert(kind, key, text, "ON CONFLICT (kind, name) DO NOTHING");
    return isNew ? text : this.get(kind, key);
  }

  /** Removes what is older than `ageMs` and not in `kept`; returns how many. */
  async sweep(kind: Kind, kept: ReadonlySet<string>, ageMs: number): Promise<number> {
    const names = [...kept].map(canonical);
    const removed = await this.#database.query<{ name: Name }>(
      `DELETE FROM content WHERE kind = $1 AND stored_at < $2 AND NOT (name = ANY($3)) RETURNING name`,
      [kind, Date.now() - ageMs, names],
    );
    for (const { name } of removed) this.#namesOf(kind).delete(name);
    return removed.length;
  }

  /** Texts and bytes of each kind. */
  async sizes(): Promise<{ kind: Kind; entries: number; bytes: number }[]> {
    const rows = await this.#database.query<{ kind: Kind; entries: number; bytes: number }>(
      `SELECT kind, count(*)::integer AS entries, sum(octet_length(body))::float8 AS bytes
       FROM content GROUP BY kind`,
    );
    return this.#kinds.map(
      (kind) => rows.find((row) => row.kind === kind) ?? { kind, entries: 0, bytes: 0 },
    );
  }

  /** Reads all names again. */
  async refresh(): Promise<void> {
    const rows = await this.#database.query<{ kind: string; name: Name }>(
      "SELECT kind, name FROM content",
    );
    const names = new Map<string, Set<Name>>(this.#kinds.map((kind) => [kind, new Set()]));
    for (const { kind, name } of rows) names.get(kind)?.add(name);
    this.#names = names;
  }

  #check(kind: Kind, name: string, text: string): Name {
    const key = canonical(name);
    const size = Buffer.byteLength(text);
    if (size > this.#limits.maxBytes) throw new ContentTooLargeError(size, this.#limits.maxBytes);
    const names = this.#namesOf(kind);
    if (!names.has(key) && names.size >= this.#limits.maxEntries) {
      throw new ContentStoreFullError(kind, this.#limits.maxEntries);
    }
    return key;
  }

  async #insert(kind: Kind, name: Name, text: string, onConflict: string): Promise<boolean> {
    const rows = await this.#database.query(
      `WITH written AS (
         INSERT INTO content (kind, name, body, stored_at) VALUES ($1, $2, $3, $4)
         ${onConflict} RETURNING name
       )
       SELECT pg_notify($5, $6) FROM written`,
      [kind, name, text, Date.now(), `${this.#database.schema}_${CHANNEL}`, `${kind} ${name}`],
    );
    this.#namesOf(kind).add(name);
    return rows.length > 0;
  }

  async #read(kind: Kind, name: Name): Promise<string | undefined> {
    const [row] = await this.#database.query<{ body: string }>(
      "SELECT body FROM content WHERE kind = $1 AND name = $2",
      [kind, name],
    );
    return row?.body;
  }

  #hear(message: string): void {
    if (message === MISSED) {
      // What fails here is asked again when the connection is back once more.
      this.refresh().then(this.#onWrite, () => {});
      return;
    }
    const [kind = "", name = ""] = message.split(" ");
    if (NAME.test(name)) this.#names.get(kind)?.add(name as Name);
    this.#onWrite();
  }

  #namesOf(kind: Kind): Set<Name> {
    return this.#names.get(kind) ?? new Set();
  }
}
