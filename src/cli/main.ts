// SPDX-License-Identifier: MIT
// The `assay` command. Exit codes are in errors.ts and docs/cli.md.
import { Command, CommanderError } from "commander";

import { version } from "../node/version.ts";
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
import { EXIT, UnexpectedError } from "./errors.ts";
import { exitCodeOf, toTypedError } from "./failure.ts";
import { installInterrupt } from "./interrupt.ts";
import { dim, red } from "./output.ts";

const json = process.argv.includes("--json");

const program = new Command("assay")
  .description("Pay for one AI inference; the money moves when its proof stands.")
  .version(version)
  .configureHelp({ showGlobalOptions: true })
  .configureOutput({ outputError: () => {} })
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

installInterrupt();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Prints an error for people or programs and returns the exit code. */
function report(error: unknown): number {
  // What was asked for, or without a command the help instead, is printed by now.
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  if (error instanceof CommanderError && error.code === "commander.help") return EXIT.usage;
  const typed = toTypedError(error);
  if (json) {
    const { code, message } = typed;
    process.stdout.write(`${toCanonicalJson({ error: { code, message } })}\n`);
  } else {
    process.stderr.write(`${red("error")} ${typed.message} [${typed.code}]\n`);
    if (typed instanceof UnexpectedError && error instanceof Error)
      process.stderr.write(`${dim(error.stack ?? "")}\n`);
  }
  return exitCodeOf(typed);
}
