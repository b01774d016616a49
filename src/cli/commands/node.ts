// SPDX-License-Identifier: MIT
import { join } from "node:path";

import type { Command } from "commander";
import { pino } from "pino";
import { privateKeyToAddress } from "viem/accounts";

import { BATCH_SIZE_MAX } from "../../client/node/batches.ts";
import {
  type InferenceNodeOptions,
  type NodeOptions,
  startInferenceNode,
  startVerificationNode,
} from "../../node/index.ts";
import { parseBlocks, parseCount, parsePort, parseTokens } from "../arguments.ts";
import { packageRoot } from "../checkout.ts";
import { MAX_BATCH_AGE, MAX_CONFIRMATIONS } from "../config/fields.ts";
import { applyNodeConfig } from "../config/read.ts";
import { connect } from "../context.ts";
import { prepareCircuit } from "../devnet/circuit.ts";
import { DataNodeMissingError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import { KeyMismatchError } from "../keys/errors.ts";
import { KEY_VARIABLE, type NodeKeyOptions, takeNodeKeys } from "../keys/node-key.ts";
import { loadModels } from "../models.ts";
import { createOutput } from "../output.ts";
import type { CommonOptions } from "./common.ts";
import { addNodeEarningsCommand } from "./node-earnings.ts";
import { addNodeInitCommand } from "./node-init.ts";
import { addNodeKeyCommand } from "./node-key.ts";
import { takeDatabase, withNodeOptions } from "./node-options.ts";
import { addNodeWorkerCommand } from "./node-worker.ts";

interface NodeCommandOptions extends CommonOptions, NodeKeyOptions {
  folder?: string;
  endpoint?: string;
  jobs: boolean;
  backupRpc?: string;
  confirmations?: string;
  host: string;
  model: string[];
  port: string;
  stake: string;
  batchSize: string;
  batchAge: string;
  metricsPort?: string;
  metricsHost: string;
}

/** `assay node inference | verification`: runs a node until it is asked to stop. */
export function addNodeCommand(program: Command): void {
  const node = program
    .command("node")
    .description(`Run a node; its private key comes from a key store or from ${KEY_VARIABLE}`);
  const roles = {
    inference: "Run an inference node: it answers requests and proves its answers",
    verification: "Run a verification node: it re-checks results and challenges wrong ones",
  } as const;
  for (const role of ["inference", "verification"] as const) {
    withNodeOptions(node.command(role).description(roles[role])).action(
      (_options, command: Command) => runNode(role, command),
    );
  }
  withNodeOptions(
    node.command("data").description("Run a data node: not in this release, and refused"),
  ).action(() => {
    throw new DataNodeMissingError();
  });
  addNodeWorkerCommand(node);
  addNodeInitCommand(node);
  addNodeKeyCommand(node);
  addNodeEarningsCommand(node);
}

/** Runs a node until SIGINT or SIGTERM, its log on standard error; `overrides` replaces parts of it, as the demo's lying node does. */
export async function runNode(
  role: "inference" | "verification",
  command: Command,
  overrides: Partial<NodeOptions> = {},
): Promise<void> {
  const config = await applyNodeConfig(command, role);
  const options = command.opts<NodeCommandOptions>();
  // Before the password is asked for.
  const settings = parseSettings(options);
  const database = takeDatabase(command);
  const keys = await takeNodeKeys(options);
  const owner = privateKeyToAddress(keys.privateKey);
  if (config?.node !== undefined && config.node !== owner)
    throw new KeyMismatchError(owner, config.node);

  const output = createOutput(options.json === true);
  const models = await loadModels(options.model);
  const { deployment, rpcUrl } = await connect(options);
  const logger = pino({ base: null }, pino.destination(2));
  if (role === "inference") await prepareCircuit((line) => logger.info(line));
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  const start = role === "inference" ? startInferenceNode : startVerificationNode;
  const running = await start({
    rpcUrl,
    deployment,
    ...keys,
    folder: options.folder ?? join(packageRoot, ".assay", String(deployment.chainId), role),
    ...(database !== undefined && { database }),
    ...(options.backupRpc !== undefined && { backupRpcUrl: options.backupRpc }),
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    doesJobs: options.jobs,
    host: options.host,
    metricsHost: options.metricsHost,
    ...settings,
    logger,
    signal: stop.signal,
    models,
    ...overrides,
  });
  const { address, endpoint } = running;
  output.result({ role, address, endpoint }, [`The ${role} node ${address} is at ${endpoint}`]);
  await running.closed;
}

/** What is a number on the command line and in the configuration. */
function parseSettings(
  options: NodeCommandOptions,
): Pick<InferenceNodeOptions, "port" | "stake" | "metricsPort" | "confirmations" | "batches"> {
  const { metricsPort, confirmations } = options;
  return {
    port: parsePort("--port", options.port),
    stake: parseTokens("--stake", options.stake),
    batches: {
      size: parseCount("--batch-size", options.batchSize, BATCH_SIZE_MAX),
      ageMs: 1_000 * parseCount("--batch-age", options.batchAge, MAX_BATCH_AGE),
    },
    ...(metricsPort !== undefined && { metricsPort: parsePort("--metrics-port", metricsPort) }),
    ...(confirmations !== undefined && {
      confirmations: parseBlocks("--confirmations", confirmations, MAX_CONFIRMATIONS),
    }),
  };
}
