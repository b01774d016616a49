// SPDX-License-Identifier: MIT

/** What every error of this package carries besides its message. */
export interface BaseErrorOptions {
  /** The error that led to this one. */
  cause?: unknown;
  /** Facts that help to fix it, one line each. */
  details?: readonly string[];
}

/**
 * Root of all errors that this package throws. Catch it to tell Assay's errors from others, and switch on
 * {@link BaseError.code}, which never changes once published.
 *
 * Subclasses set a stable `code` of the form `AREA-NNN` and a message that says how to fix the problem.
 */
export abstract class BaseError extends Error {
  /** Stable identifier, for example `TEE-004`; listed in `docs/errors.md`. */
  abstract readonly code: string;

  constructor(message: string, options: BaseErrorOptions = {}) {
    const details = options.details?.map((line) => `\n  ${line}`).join("") ?? "";
    super(message + details, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
  }
}

/** A word that names no path. */
export class UnknownPathError extends BaseError {
  override readonly code = "PROTO-001";
  constructor(text: string, known: readonly string[]) {
    super(`There is no path "${text}". Use one of: ${known.join(", ")}.`);
  }
}

/** Shares that together are more than the whole. */
export class SharesAboveFeeError extends BaseError {
  override readonly code = "PROTO-002";
  constructor(bps: number) {
    super(`The shares sum to ${bps} of 10,000. Lower verificationBps or dataBps.`);
  }
}

/** Text that is not JSON. */
export class JsonSyntaxError extends BaseError {
  override readonly code = "PROTO-003";
  constructor(what: string, cause: unknown) {
    super(`The ${what} is not valid JSON.`, { cause });
  }
}

/** A JSON object lacks a field. */
export class MissingFieldError extends BaseError {
  override readonly code = "PROTO-004";
  readonly path: string;
  constructor(path: string) {
    super(`The field \`${path}\` is missing.`);
    this.path = path;
  }
}

/** A JSON object has a field that nobody defined; it may be a misspelt one. */
export class UnknownFieldError extends BaseError {
  override readonly code = "PROTO-005";
  readonly path: string;
  constructor(path: string) {
    super(`The field \`${path}\` is not known. Remove it or correct its name.`);
    this.path = path;
  }
}

/** A JSON field has a value of the wrong type, length or range. */
export class InvalidFieldError extends BaseError {
  override readonly code = "PROTO-006";
  readonly path: string;
  constructor(path: string, expected: string) {
    super(`The field \`${path}\` must be ${expected}.`);
    this.path = path;
  }
}

/** The JSON is longer than what is read. */
export class JsonTooLargeError extends BaseError {
  override readonly code = "PROTO-007";
  constructor(what: string, length: number, limit: number) {
    super(`The ${what} has ${length} characters; at most ${limit} are read.`);
  }
}
