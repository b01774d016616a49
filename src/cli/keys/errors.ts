// SPDX-License-Identifier: MIT
import { CliError, EXIT } from "../errors.ts";

/** A key store's password is nowhere, and nobody can be asked. */
export class PasswordMissingError extends CliError {
  override readonly code = "CLI-019";
  constructor(variable: string) {
    super(
      `The key store needs its password: name a file with --password-file, or set ${variable}.`,
    );
  }
}

/** A key store that the password does not open. Neither is shown. */
export class KeystoreLockedError extends CliError {
  override readonly code = "CLI-020";
  override readonly exitCode = EXIT.usage;
  constructor(file: string) {
    super(`The password does not open the key store ${file}, or the file is damaged. Check both.`);
  }
}

/** A key is given twice over, and only one can be meant. */
export class KeyAmbiguousError extends CliError {
  override readonly code = "CLI-021";
  override readonly exitCode = EXIT.usage;
  constructor(variable: string) {
    super(`Both a key store and ${variable} are given. Leave one out.`);
  }
}

/** A new password that could be guessed. It is not shown. */
export class PasswordShortError extends CliError {
  override readonly code = "CLI-025";
  override readonly exitCode = EXIT.usage;
  constructor(shortest: number) {
    super(`The new password is too short. Use ${shortest} characters or more.`);
  }
}

/** The key is not that of the node in the configuration. */
export class KeyMismatchError extends CliError {
  override readonly code = "CLI-027";
  override readonly exitCode = EXIT.usage;
  constructor(address: string, expected: string) {
    super(
      `The key is that of ${address}, the configuration's \`node\` is ${expected}. Correct one of them.`,
    );
  }
}

/** One key is given as two: the node's, or a gas payer's. */
export class KeyRepeatedError extends CliError {
  override readonly code = "CLI-028";
  override readonly exitCode = EXIT.usage;
  constructor(address: string) {
    super(`The key of ${address} is given twice. A gas payer has a key of its own.`);
  }
}

/** A password in an argument, which all users of the host can read. It is not shown. */
export class PasswordExposedError extends CliError {
  override readonly code = "CLI-029";
  override readonly exitCode = EXIT.usage;
  constructor(option: string, variable: string) {
    super(
      `${option} has a password, which all users of this host can read. Set ${variable} instead.`,
    );
  }
}
