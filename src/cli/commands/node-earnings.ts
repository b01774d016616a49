// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { formatUnits, zeroAddress } from "viem";

import { collect, getChecker, getEarnings, payPool } from "../../client/index.ts";
import { accountFrom, DEVELOPMENT_ACCOUNTS } from "../accounts.ts";
import { parseAddress, TOKEN_DECIMALS } from "../arguments.ts";
import { connect, walletOf } from "../context.ts";
import { createOutput } from "../output.ts";
import { withChainOptions, type CommonOptions } from "./common.ts";

interface EarningsOptions extends CommonOptions {
  node: string;
  collect?: true;
}

/** `assay node earnings`: what a node's requests brought in, and moves it to whom it belongs. */
export function addNodeEarningsCommand(node: Command): void {
  withChainOptions(
    node.command("earnings").description("Show what a node earned and nobody has collected yet"),
  )
    .requiredOption("--node <address>", "an inference node")
    .option(
      "--collect",
      "move it to the payout address' balance, and the pool to its checker; gas is paid by ASSAY_KEY",
    )
    .action(run);
}

async function run(options: EarningsOptions): Promise<void> {
  const output = createOutput(options.json === true);
  const node = parseAddress("--node", options.node);
  const context = await connect(options);
  const { client, deployment } = context;
  const [{ own, pool }, checker] = await Promise.all([
    getEarnings(client, { deployment, node }),
    getChecker(client, { deployment, node }),
  ]);
  const isDrawn = checker !== zeroAddress;
  if (options.collect === true) {
    const account = accountFrom("ASSAY_KEY", context.chain.id, DEVELOPMENT_ACCOUNTS.client);
    const wallet = walletOf(context, account);
    if (own > 0n) await collect(wallet, { deployment, node });
    if (isDrawn) await payPool(wallet, { deployment, node });
  }
  const amount = (units: bigint): string => `${formatUnits(units, TOKEN_DECIMALS)} tokens`;
  const drawn = isDrawn ? `for ${checker}` : pool > 0n ? "nobody is drawn yet" : "empty";
  output.result(
    { node, own, pool, checker: isDrawn ? checker : null, collected: options.collect === true },
    [
      `earned  ${amount(own)}${options.collect === true && own > 0n ? ", moved to its payout address" : ""}`,
      `pool    ${amount(pool)}, ${drawn}${options.collect === true && isDrawn ? ", paid" : ""}`,
    ],
  );
}
