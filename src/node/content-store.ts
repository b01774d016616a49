// SPDX-License-Identifier: MIT
/**
 * Owns the node's files: one text per name and kind, where a name is 32 bytes in hex and nothing else, so that no name
 * leaves the folder. A file is written under another name and renamed, so that readers see all of it or nothing. At most
 * `maxEntries` files of a kind are kept; who writes more is refused.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

import type { Hex32 } from "../protocol/ids.ts";
import {
  ContentMissingError,
  ContentNameError,
  ContentStoreFullError,
  ContentTooLargeError,
  FolderUnusableError,
} from "./errors.ts";

/** The kinds of content, each a folder. */
export const CONTENT_KINDS = [
  "inputs",
  "outputs",
  "results",
  "orders",
  "proofs",
  "evidence",
  "challenges",
  "votes",
] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

export interface ContentStoreLimits {
  /** Bytes of one file. */
  maxBytes: number;
  /** Files of one kind. */
  maxEntries: number;
}

const DEFAULT_LIMITS: ContentStoreLimits = { maxBytes: 256 * 1024, maxEntries: 20_000 };
const FILE_NAME = /^[0-9a-f]{64}$/;

/** The file of a name; throws for anything but 32 bytes of hex. */
function toFileName(name: string): string {
  const file = name.startsWith("0x") ? name.slice(2).toLowerCase() : "";
  if (!FILE_NAME.test(file)) throw new ContentNameError();
  return file;
}

export class ContentStore {
  readonly #folder: string;
  readonly #limits: ContentStoreLimits;
  /** What is there, so that the loop can ask without waiting for the disk. */
  readonly #names: ReadonlyMap<ContentKind, Set<string>>;

  private constructor(
    folder: string,
    limits: ContentStoreLimits,
    names: ReadonlyMap<ContentKind, Set<string>>,
  ) {
    this.#folder = folder;
    this.#limits = limits;
    this.#names = names;
  }

  /** Opens the folder, makes it if there is none, and removes what a crash left half written. */
  static async open(folder: string, limits: Partial<ContentStoreLimits> = {}) {
    const names = new Map<ContentKind, Set<string>>();
    try {
      for (const kind of CONTENT_KINDS) {
        const directory = path.join(folder, kind);
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const files = await readdir(directory);
        const unfinished = files.filter((file) => file.endsWith(".tmp"));
        await Promise.all(unfinished.map((file) => rm(path.join(directory, file))));
        names.set(kind, new Set(files.filter((file) => FILE_NAME.test(file))));
      }
    } catch (cause) {
      throw new FolderUnusableError("opening it", cause);
    }
    return new ContentStore(folder, { ...DEFAULT_LIMITS, ...limits }, names);
  }

  has(kind: ContentKind, name: Hex32): boolean {
    return this.#namesOf(kind).has(toFileName(name));
  }

  /** Every name of a kind. */
  list(kind: ContentKind): Hex32[] {
    return Array.from(this.#namesOf(kind), (file): Hex32 => `0x${file}`);
  }

  /** @throws {ContentMissingError} if there is nothing under the name. */
  async get(kind: ContentKind, name: Hex32): Promise<string> {
    const file = toFileName(name);
    if (!this.#namesOf(kind).has(file)) throw new ContentMissingError(kind);
    try {
      return await readFile(path.join(this.#folder, kind, file), "utf8");
    } catch (cause) {
      throw new FolderUnusableError("reading", cause);
    }
  }

  /** Writes all of it or nothing; what was there is replaced. */
  async put(kind: ContentKind, name: Hex32, text: string): Promise<void> {
    const file = toFileName(name);
    const names = this.#namesOf(kind);
    const size = Buffer.byteLength(text);
    if (size > this.#limits.maxBytes) throw new ContentTooLargeError(size, this.#limits.maxBytes);
    if (!names.has(file) && names.size >= this.#limits.maxEntries) {
      throw new ContentStoreFullError(kind, this.#limits.maxEntries);
    }

    const target = path.join(this.#folder, kind, file);
    const unfinished = `${target}.${randomUUID()}.tmp`;
    try {
      const handle = await open(unfinished, "wx", 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, target);
    } catch (cause) {
      await rm(unfinished, { force: true });
      throw new FolderUnusableError("writing", cause);
    }
    names.add(file);
  }

  /** Removes what is older than `ageMs` and not in `kept`. */
  async sweep(kind: ContentKind, kept: ReadonlySet<Hex32>, ageMs: number): Promise<number> {
    let removed = 0;
    for (const name of this.list(kind)) {
      const file = path.join(this.#folder, kind, toFileName(name));
      if (kept.has(name)) continue;
      try {
        const { mtimeMs } = await stat(file);
        if (Date.now() - mtimeMs < ageMs) continue;
        await rm(file, { force: true });
      } catch (cause) {
        throw new FolderUnusableError("sweeping", cause);
      }
      this.#namesOf(kind).delete(toFileName(name));
      removed += 1;
    }
    return removed;
  }

  #namesOf(kind: ContentKind): Set<string> {
    return this.#names.get(kind) ?? new Set();
  }
}
