// SPDX-License-Identifier: MIT
import { CliError, EXIT } from "../errors.ts";

/** A configuration with a field that is missing, unknown or wrong. Text that it holds is not shown: it may be a secret. */
export class ConfigInvalidError extends CliError {
  override readonly code = "CLI-026";
  override readonly exitCode = EXIT.usage;
  constructor(file: string, problem: string) {
    super(`The configuration ${file} cannot be used. ${problem}`);
  }
}
