// SPDX-License-Identifier: MIT
import { Option, type Command } from "commander";

import { DEFAULT_RPC_URL, type ChainOptions } from "../context.ts";

/** Options of every command that works on a deployment. */
export interface CommonOptions extends ChainOptions {
  json?: true;
}

/** Adds `--rpc`, `--market`, `--deployment` and `--json`. */
export function withChainOptions(command: Command): Command {
  return withJson(
    command
      .addOption(rpcOption())
      .option("--market <address>", "the market; everything else is found from it")
      .option(
        "--deployment <file>",
        "address book; by default the one `npm run deploy` wrote for the chain",
      ),
  );
}

export function rpcOption(): Option {
  return new Option("--rpc <url>", "RPC endpoint of the chain")
    .env("ASSAY_RPC_URL")
    .default(DEFAULT_RPC_URL);
}

export function withJson(command: Command): Command {
  return command.option("--json", "print one JSON object");
}
