// SPDX-License-Identifier: MIT
import { type Command, Option } from "commander";
import { pino } from "pino";

import { startWorker } from "../../node/index.ts";
import { parseAddress } from "../arguments.ts";
import { CONFIG_ROLES, type ConfigRole } from "../config/fields.ts";
import { applyNodeConfig } from "../config/read.ts";
import { connect } from "../context.ts";
import { prepareCircuit } from "../devnet/circuit.ts";
import { UsageError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModels } from "../models.ts";
import { createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";
import { DATABASE_VARIABLE, modelOption, takeDatabase, withConfigOption } from "./node-options.ts";

interface WorkerCommandOptions extends CommonOptions {
  role?: ConfigRole;
  node?: string;
  model: string[];
}

/** `assay node worker`: does a node's jobs until it is asked to stop. */
export function addNodeWorkerCommand(node: Command): void {
  withChainOptions(
    withConfigOption(
      node
        .command("worker")
        .description(
          "Do a node's proofs and re-runs, without its key, from another process or host",
        ),
    ),
  )
    .addOption(new Option("--role <role>", "of the node").choices(CONFIG_ROLES))
    .option("--node <address>", "whose jobs to do")
    .addOption(
      new Option("--database <url>", "the node's Postgres server (postgres://...)").env(
        DATABASE_VARIABLE,
      ),
    )
    .addOption(modelOption())
    .action((_options, command: Command) => runWorker(command));
}

async function runWorker(command: Command): Promise<void> {
  await applyNodeConfig(command);
  const options = command.opts<WorkerCommandOptions>();
  const output = createOutput(options.json === true);
  // Here and not by the parser, which does not know the configuration.
  const role = required("--role <role>", options.role);
  const node = parseAddress("--node", required("--node <address>", options.node));
  const database = required("--database <url>", takeDatabase(command));
  const models = await loadModels(options.model);
  const { deployment, rpcUrl } = await connect(options);
  const logger = pino({ base: null }, pino.destination(2));
  await prepareCircuit((line) => logger.info(line));
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  const { signal } = stop;
  const worker = await startWorker({
    rpcUrl,
    deployment,
    node,
    role,
    database,
    models,
    logger,
    signal,
  });
  output.result({ role, node }, [`A worker of the ${role} node ${node} works`]);
  await worker.closed;
}

function required<T>(option: string, value: T | undefined): T {
  if (value === undefined) throw new UsageError(`required option '${option}' not specified`);
  return value;
}
