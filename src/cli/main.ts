// SPDX-License-Identifier: MIT
// The `assay` command. Exit codes are in errors.ts and docs/cli.md.
import { Command, CommanderError } from "commander";

import { version } from "../node/version.ts";
import { BaseError } from "../protocol/errors.ts";
import { toCanonicalJson } from "../protocol/json.ts";
import { addDemoCommand } from "./commands/demo.ts";
import { addDeployCommand } from "./commands/deploy.ts";
import { addDoctorCommand } from "./commands/doctor.ts";
import { addNodeCommand } from "./commands/node.ts";
import { addNodesCommand } from "./commands/nodes.ts";
import { addReceiptCommand } from "./commands/receipt.ts";
import { addRequestCommand } from "./commands/request.ts";
import { addStatusCommand } from "./commands/status.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { CliError, EXIT } from "./errors.ts";
import { red } from "./output.ts";

const program = new Command("assay")
  .description("Pay for one AI inference; the money moves when its proof stands.")
  .version(version)
  .showHelpAfterError("(add --help for the options)")
  .configureHelp({ showGlobalOptions: true })
  .exitOverride();
for (const add of [
  addDemoCommand,
  addDeployCommand,
  addNodesCommand,
  addNodeCommand,
  addRequestCommand,
  addStatusCommand,
  addReceiptCommand,
  addVerifyCommand,
  addDoctorCommand,
])
  add(program);

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints an error for people or programs and returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof BaseError)) throw error;
  if (process.argv.includes("--json")) {
    process.stdout.write(
      `${toCanonicalJson({ error: { code: error.code, message: error.message } })}\n`,
    );
  } else {
    process.stderr.write(`${red("error")} ${error.message} [${error.code}]\n`);
  }
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}
