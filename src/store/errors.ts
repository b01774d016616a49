// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";

/** A schema's name that Postgres would not take unquoted. */
export class SchemaNameError extends BaseError {
  override readonly code = "STORE-001";
  constructor(name: string) {
    super(`"${name}" is no schema name: use a letter, then letters, digits and _, 48 at most.`);
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
