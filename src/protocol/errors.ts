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
