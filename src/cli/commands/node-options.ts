// SPDX-License-Identifier: MIT
// Options that the commands below `assay node` share.
import { type Command, Option } from "commander";

import { PasswordExposedError } from "../keys/errors.ts";
import { GAS_KEYS_VARIABLE, KEY_VARIABLE } from "../keys/node-key.ts";
import { PASSWORD_VARIABLE } from "../keys/password.ts";
import { withChainOptions } from "./common.ts";

export const DATABASE_VARIABLE = "ASSAY_DATABASE";

/** Options of a node, for the command and for processes that run a node of their own. */
export function withNodeOptions(command: Command): Command {
  return withKeyOptions(withNodeSettings(withConfigOption(command)));
}

export function withConfigOption(command: Command): Command {
  return command.option("--config <file>", "take what is not given here from this file");
}

/** What a node's configuration can say, too. */
export function withNodeSettings(command: Command): Command {
  return withChainOptions(command)
    .option("--folder <path>", "where the node keeps its database")
    .addOption(
      new Option(
        "--database <url>",
        "Postgres server to keep it on instead (postgres://...); with a password, give it by the variable",
      ).env(DATABASE_VARIABLE),
    )
    .option("--no-jobs", "leave proofs and re-runs to workers")
    .option("--backup-rpc <url>", "second RPC endpoint: stands in for the first, and must agree")
    .option("--confirmations <n>", "blocks above one before it is relied on; local 0, else 2")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0: any free one", "0")
    .option("--endpoint <url>", "URL to announce, behind a proxy; by default where it listens")
    .addOption(modelOption())
    .option("--metrics-port <number>", "port to serve /metrics on; not served if not given")
    .option("--metrics-host <address>", "address to serve /metrics on", "127.0.0.1")
    .option("--stake <tokens>", "stake to register with", "10000")
    .option("--batch-size <n>", "inference: so many receipts are posted at once", "256")
    .option("--batch-age <seconds>", "inference: post receipts by then, however few", "60");
}

/** Where keys come from: these files or the environment, and never the command line. */
export function withKeyOptions(command: Command): Command {
  return withPasswordOption(
    command
      .option("--keystore <file>", `the node's key, encrypted; else ${KEY_VARIABLE}`)
      .addOption(
        new Option(
          "--gas-payer <file>",
          `a key that only pays for gas, encrypted; repeatable; else ${GAS_KEYS_VARIABLE}`,
        )
          .argParser(append)
          .default([], "none"),
      ),
  );
}

export function withPasswordOption(command: Command): Command {
  return command.option(
    "--password-file <file>",
    `has the password of the key stores; else ${PASSWORD_VARIABLE} or the terminal`,
  );
}

/** Options of commands that write a key store. */
export function withNewKeyOptions(command: Command): Command {
  return command
    .option(
      "--key-stdin",
      `import the key on standard input, and ask nothing; else ${KEY_VARIABLE}, or a new one`,
    )
    .option("--yes", "ask nothing: options and defaults");
}

export function modelOption(): Option {
  return new Option(
    "--model <name=manifest>",
    "a model to serve or to check; repeatable; by default the digit model",
  )
    .argParser(append)
    .default([], "the digit model");
}

function append(entry: string, entries: string[]): string[] {
  return [...entries, entry];
}

/** The database of a command, whose URL may have a password if the environment gave it. */
export function takeDatabase(command: Command): string | undefined {
  const { database } = command.opts<{ database?: string }>();
  // From here on nobody who reads the environment of a child finds it.
  delete process.env[DATABASE_VARIABLE];
  if (database === undefined || !URL.canParse(database)) return database;
  const { password, searchParams } = new URL(database);
  const isExposed = password !== "" || searchParams.has("password");
  if (isExposed && command.getOptionValueSource("database") === "cli")
    throw new PasswordExposedError("--database", DATABASE_VARIABLE);
  return database;
}
