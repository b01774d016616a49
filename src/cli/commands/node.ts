// SPDX-License-Identifier: MIT
import { join } from "node:path";

import { type Command, Option } from "commander";
import { pino } from "pino";
import { isHex, size, type Hex } from "viem";

import {
  startInferenceNode,
  startVerificationNode,
  startWorker,
  type NodeOptions,
} from "../../node/index.ts";
import { parseAddress, parsePort, parseTokens } from "../arguments.ts";
import { packageRoot } from "../checkout.ts";
import { connect } from "../context.ts";
import { prepareCircuit } from "../devnet/circuit.ts";
import { KeyInvalidError, KeyMissingError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { loadModels } from "../models.ts";
import { createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

const KEY_VARIABLE = "ASSAY_NODE_KEY";
const DATABASE_VARIABLE = "ASSAY_DATABASE";

interface NodeCommandOptions extends CommonOptions {
  folder?: string;
  database?: string;
  jobs: boolean;
  backupRpc?: string;
  host: string;
  model: string[];
  port: string;
  stake: string;
  metricsPort?: string;
  metricsHost: string;
}

/** `assay node inference | verification`: runs a node until it is asked to stop. */
export function addNodeCommand(program: Command): void {
  const node = program
    .command("node")
    .description(`Run a node; its private key comes from the environment variable ${KEY_VARIABLE}`);
  const roles = {
    inference: "Run an inference node: it answers requests and proves its answers",
    verification: "Run a verification node: it re-checks results and challenges wrong ones",
  } as const;
  for (const role of ["inference", "verification"] as const) {
    withNodeOptions(node.command(role).description(roles[role])).action((options) =>
      runNode(role, options as NodeCommandOptions),
    );
  }
  withChainOptions(
    node
      .command("worker")
      .description("Do a node's proofs and re-runs, without its key, from another process or host"),
  )
    .addOption(
      new Option("--role <role>", "of the node")
        .choices(["inference", "verification"])
        .makeOptionMandatory(),
    )
    .requiredOption("--node <address>", "whose jobs to do")
    .addOption(
      new Option("--database <url>", "the node's Postgres server (postgres://...)")
        .env(DATABASE_VARIABLE)
        .makeOptionMandatory(),
    )
    .addOption(modelOption())
    .action((options) => runWorker(options as WorkerCommandOptions));
}

/** Options of a node, for the command and for processes that run a node of their own. */
export function withNodeOptions(command: Command): Command {
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
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0: any free one", "0")
    .addOption(modelOption())
    .option("--metrics-port <number>", "port to serve /metrics on; not served if not given")
    .option("--metrics-host <address>", "address to serve /metrics on", "127.0.0.1")
    .option("--stake <tokens>", "stake to register with", "10000");
}

function modelOption(): Option {
  return new Option(
    "--model <name=manifest>",
    "a model to serve or to check; repeatable; by default the digit model",
  )
    .argParser((entry: string, entries: string[]) => [...entries, entry])
    .default([], "the digit model");
}

interface WorkerCommandOptions extends CommonOptions {
  role: "inference" | "verification";
  node: string;
  database: string;
  model: string[];
}

async function runWorker(options: WorkerCommandOptions): Promise<void> {
  delete process.env[DATABASE_VARIABLE];
  const output = createOutput(options.json === true);
  const node = parseAddress("--node", options.node);
  const models = await loadModels(options.model);
  const { deployment, rpcUrl } = await connect(options);
  const logger = pino({ base: null }, pino.destination(2));
  await prepareCircuit((line) => logger.info(line));
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  const { role, database } = options;
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

/** Runs a node until SIGINT or SIGTERM, its log on standard error; `overrides` replaces parts of it, as the demo's lying node does. */
export async function runNode(
  role: "inference" | "verification",
  options: NodeCommandOptions,
  overrides: Partial<NodeOptions> = {},
): Promise<void> {
  const key = process.env[KEY_VARIABLE];
  if (key === undefined) throw new KeyMissingError(KEY_VARIABLE);
  if (!isHex(key) || size(key) !== 32) throw new KeyInvalidError(KEY_VARIABLE);
  // From here on nobody who reads the environment of a child finds them.
  delete process.env[KEY_VARIABLE];
  delete process.env[DATABASE_VARIABLE];

  const output = createOutput(options.json === true);
  const port = parsePort("--port", options.port);
  const stake = parseTokens("--stake", options.stake);
  const models = await loadModels(options.model);
  const metricsPort =
    options.metricsPort === undefined
      ? undefined
      : parsePort("--metrics-port", options.metricsPort);
  const { deployment, rpcUrl } = await connect(options);
  const logger = pino({ base: null }, pino.destination(2));
  if (role === "inference") await prepareCircuit((line) => logger.info(line));
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  const start = role === "inference" ? startInferenceNode : startVerificationNode;
  const running = await start({
    rpcUrl,
    deployment,
    privateKey: key satisfies Hex,
    folder: options.folder ?? join(packageRoot, ".assay", String(deployment.chainId), role),
    ...(options.database !== undefined && { database: options.database }),
    doesJobs: options.jobs,
    ...(options.backupRpc !== undefined && { backupRpcUrl: options.backupRpc }),
    host: options.host,
    port,
    ...(metricsPort !== undefined && { metricsPort }),
    metricsHost: options.metricsHost,
    stake,
    logger,
    signal: stop.signal,
    models,
    ...overrides,
  });
  const { address, endpoint } = running;
  output.result({ role, address, endpoint }, [`The ${role} node ${address} is at ${endpoint}`]);
  await running.closed;
}
