// SPDX-License-Identifier: MIT
import { join } from "node:path";

import type { Command } from "commander";
import { pino } from "pino";
import { isHex, parseEther, size, type Hex } from "viem";

import { startInferenceNode, startVerificationNode, type NodeOptions } from "../../node/index.ts";
import { loadModel } from "../../zkml/index.ts";
import { packageRoot } from "../checkout.ts";
import { connect, type ChainOptions } from "../context.ts";
import { KeyInvalidError, KeyMissingError } from "../errors.ts";
import { withChainOptions } from "./common.ts";

const KEY_VARIABLE = "ASSAY_NODE_KEY";

interface NodeCommandOptions extends ChainOptions {
  folder?: string;
  host: string;
  port: string;
  stake: string;
}

/** `assay node inference | verification`: runs a node until it is asked to stop. */
export function addNodeCommand(program: Command): void {
  const node = program
    .command("node")
    .description(`Run a node; its private key comes from the environment variable ${KEY_VARIABLE}`);
  for (const role of ["inference", "verification"] as const) {
    withNodeOptions(node.command(role).description(`Run a ${role} node`)).action((options) =>
      runNode(role, options as NodeCommandOptions),
    );
  }
}

/** Options of a node, for the command and for processes that run a node of their own. */
export function withNodeOptions(command: Command): Command {
  return withChainOptions(command)
    .option("--folder <path>", "where the node keeps inputs, results and evidence")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on; 0: any free one", "0")
    .option("--stake <tokens>", "stake to register with", "10000");
}

/** Runs a node until SIGINT or SIGTERM; `overrides` replaces parts of it, as the demo's lying node does. */
export async function runNode(
  role: "inference" | "verification",
  options: NodeCommandOptions,
  overrides: Partial<NodeOptions> = {},
): Promise<void> {
  const key = process.env[KEY_VARIABLE];
  if (key === undefined) throw new KeyMissingError(KEY_VARIABLE);
  if (!isHex(key) || size(key) !== 32) throw new KeyInvalidError(KEY_VARIABLE);
  // From here on nobody who reads the environment of a child finds it.
  delete process.env[KEY_VARIABLE];

  const { deployment, rpcUrl } = await connect(options);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const start = role === "inference" ? startInferenceNode : startVerificationNode;
  const running = await start({
    rpcUrl,
    deployment,
    privateKey: key satisfies Hex,
    folder: options.folder ?? join(packageRoot, ".assay", String(deployment.chainId), role),
    host: options.host,
    port: Number(options.port),
    stake: parseEther(options.stake),
    logger: pino({ base: null }),
    signal: stop.signal,
    models: { digits: await loadModel("digits") },
    ...overrides,
  });
  await running.closed;
}
