// SPDX-License-Identifier: MIT
import { resolve } from "node:path";

import type { Command } from "commander";

import { parseDeployment } from "../../client/index.ts";
import { parseAddress } from "../arguments.ts";
import { connectChain } from "../context.ts";
import { deploy } from "../devnet/deploy.ts";
import { ArgumentInvalidError } from "../errors.ts";
import { columns, createOutput } from "../output.ts";
import { rpcOption, withJson } from "./common.ts";

const PARAMETERS_NAME = /^[a-z][a-z0-9-]*$/;

interface DeployOptions {
  rpc: string;
  parameters?: string;
  token?: string;
  folder?: string;
  json?: true;
}

/** `assay deploy`: deploys all contracts and registers the digit model. */
export function addDeployCommand(program: Command): void {
  withJson(
    program.command("deploy").description("Deploy all contracts and register the digit model"),
  )
    .addOption(rpcOption())
    .option(
      "--parameters <name>",
      "file of ignition/parameters without its ending; by default the chain's kind",
    )
    .option("--token <address>", "settlement token; by default a test token is deployed")
    .option(
      "--folder <path>",
      "where the address book goes; by default where other commands look for it",
    )
    .action(run);
}

async function run(options: DeployOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const { rpc, parameters, folder } = options;
  if (parameters !== undefined && !PARAMETERS_NAME.test(parameters))
    throw new ArgumentInvalidError("--parameters", parameters, "a name such as local");
  const token = options.token === undefined ? undefined : parseAddress("--token", options.token);
  await connectChain(rpc);
  const book = parseDeployment(
    await deploy({
      rpcUrl: rpc,
      ...(parameters === undefined ? {} : { parameters }),
      ...(token === undefined ? {} : { token }),
      ...(folder === undefined ? {} : { folder: resolve(folder) }),
      onLine: output.say,
    }),
  );
  output.result(book, columns(Object.entries(book).map(([name, value]) => [name, String(value)])));
}
