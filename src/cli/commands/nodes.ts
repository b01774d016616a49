// SPDX-License-Identifier: MIT
import { join, resolve } from "node:path";

import type { Command } from "commander";
import { privateKeyToAccount } from "viem/accounts";

import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../accounts.ts";
import { packageRoot } from "../checkout.ts";
import { connect } from "../context.ts";
import { prepareCircuit } from "../devnet/circuit.ts";
import { fund } from "../devnet/funds.ts";
import { DEVELOPMENT_NODES, startNodes } from "../devnet/nodes.ts";
import { untilInterrupted } from "../interrupt.ts";
import { columns, createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

/** `assay nodes`: one inference node and three verification nodes on a local chain, until interrupted. */
export function addNodesCommand(program: Command): void {
  withChainOptions(
    program
      .command("nodes")
      .description(
        "Start one inference and three verification nodes on a local chain, until Ctrl-C",
      ),
  )
    .option("--folder <path>", "where the nodes keep their files and logs")
    .action(async (options: CommonOptions & { folder?: string }) => {
      const output = createOutput(options.json === true);
      const context = await connect(options);
      const { chain } = context;
      await prepareCircuit(output.say);
      output.say(`Starting nodes on chain ${chain.id} ...`);
      const client = privateKeyToAccount(developmentKey(DEVELOPMENT_ACCOUNTS.client)).address;
      await fund(context, "nodes", [client]);
      const nodes = await startNodes(context, {
        command: "nodes",
        specifications: DEVELOPMENT_NODES,
        folder: resolve(options.folder ?? join(packageRoot, ".assay", String(chain.id))),
      });

      const started = nodes.map(({ name, address, endpoint, logFile }) => ({
        name,
        address,
        endpoint,
        logFile,
      }));
      output.result({ nodes: started }, [
        ...columns(started.map((node) => Object.values(node))),
        "Ctrl-C stops them.",
      ]);
      await untilInterrupted();
      await Promise.all(nodes.map(({ stop }) => stop()));
    });
}
