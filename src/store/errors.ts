// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";

/** A schema's name that Postgres would not take unquoted. */
export class SchemaNameError extends BaseError {
  override readonly code = "STORE-001";
  constructor(name: string) {
    super(`"${name}" is no schema name: use a letter, then letters, digits and _, 45 at most.`);
  }
}

/** The database cannot be opened. */
export class DatabaseUnusableError extends BaseError {
  override readonly code = "STORE-002";
  constructor(where: "folder" | "server", cause: unknown) {
    const advice =
      where === "folder"
        ? "Check the rights and free space of its folder."
        : "Check that the server runs, and the URL's user, password and database.";
    // The cause is not shown: a server's may hold the URL with its password.
    super(`The database cannot be opened. ${advice}`, { cause });
  }
}

/** Another process has this folder open. */
export class FolderInUseError extends BaseError {
  override readonly code = "STORE-003";
  constructor(folder: string) {
    super(`Another process uses the database in ${folder}. Stop it, or share a Postgres server.`);
  }
}

/** The database was written by a newer version of this software. */
export class SchemaTooNewError extends BaseError {
  override readonly code = "STORE-004";
  constructor(found: number, known: number) {
    super(`The database has version ${found}, this software knows ${known}. Use the newer one.`);
  }
}

/** A statement failed. */
export class QueryFailedError extends BaseError {
  override readonly code = "STORE-005";
  /** Postgres' five characters, for example `23505`; empty if the connection failed. */
  readonly sqlState: string;
  constructor(statement: string, sqlState: string, cause: unknown) {
    super(`The database refused "${statement}" (${sqlState || "no connection"}).`, { cause });
    this.sqlState = sqlState;
  }
}

/* CONTENT */

/** A name that is not 32 bytes of hex. */
export class ContentNameError extends BaseError {
  override readonly code = "STORE-010";
  constructor() {
    super("The name must be 0x and 64 hexadecimal digits.");
  }
}

/** Content above the store's limit. */
export class ContentTooLargeError extends BaseError {
  override readonly code = "STORE-011";
  constructor(size: number, limit: number) {
    super(`The content has ${size} bytes; at most ${limit} are kept.`);
  }
}

/** The store holds as much as it may. */
export class ContentStoreFullError extends BaseError {
  override readonly code = "STORE-012";
  constructor(kind: string, limit: number) {
    super(`The node keeps ${limit} ${kind}, as many as it may. Try again later.`);
  }
}

/** Nothing is stored under this name. */
export class ContentMissingError extends BaseError {
  override readonly code = "STORE-013";
  constructor(kind: string) {
    super(`The node has nothing under this name (${kind}).`);
  }
}

/** Text that would not come back as it was given. */
export class ContentTextError extends BaseError {
  override readonly code = "STORE-014";
  constructor() {
    super(
      "The content must be text without NUL characters and lone surrogates. Encode bytes in hex.",
    );
  }
}

/* LEASES */

/** Another process may hold the lease now. */
export class LeaseLostError extends BaseError {
  override readonly code = "STORE-020";
  constructor(name: string) {
    super(`The lease "${name}" ran out. Leave what it protects, and acquire it again.`);
  }
}

/* JOBS */

/** A queue's name that pg-boss would not take. */
export class QueueNameError extends BaseError {
  override readonly code = "STORE-030";
  constructor(name: string) {
    super(`"${name}" is no queue's name: use letters, digits, _ and -, 40 at most.`);
  }
}

/** As many jobs wait as may. */
export class JobQueueFullError extends BaseError {
  override readonly code = "STORE-031";
  constructor(queue: string, bound: number) {
    super(`${bound} jobs wait in ${queue}, as many as may. Offer it again later, or add workers.`);
  }
}

/** The lease of a job ended before it was done. */
export class JobLostError extends BaseError {
  override readonly code = "STORE-032";
  constructor(queue: string) {
    super(`The lease of a job in ${queue} ran out; another worker may have it. Leave it undone.`);
  }
}

/** A job took longer than it may. */
export class JobTimeoutError extends BaseError {
  override readonly code = "STORE-033";
  constructor({ name, timeoutMs }: { name: string; timeoutMs: number }) {
    super(`A job in ${name} took more than ${timeoutMs} ms. Raise its time, or use a faster host.`);
  }
}

/** There is no dead letter of this id. */
export class DeadLetterMissingError extends BaseError {
  override readonly code = "STORE-034";
  constructor(id: string) {
    super(`There is no dead letter ${id}. List them: it may have been revived or replaced.`);
  }
}
