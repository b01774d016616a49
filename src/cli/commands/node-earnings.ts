// SPDX-License-Identifier: MIT
import type { Command } from "commander";
import { type Address, formatUnits, zeroAddress } from "viem";

import {
  collect,
  EARNINGS_CONTRACTS,
  type EarningsContract,
  getChecker,
  getEarnings,
  payPool,
} from "../../client/index.ts";
import { accountFrom, DEVELOPMENT_ACCOUNTS } from "../accounts.ts";
import { parseAddress, TOKEN_DECIMALS } from "../arguments.ts";
import { connect, type Context, walletOf } from "../context.ts";
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
  const { deployment } = context;
  const places = await Promise.all(EARNINGS_CONTRACTS.map((at) => look(context, node, at)));
  const isCollected = options.collect === true;
  if (isCollected) {
    const account = accountFrom("ASSAY_KEY", context.chain.id, DEVELOPMENT_ACCOUNTS.client);
    const wallet = walletOf(context, account);
    for (const { at, own, checker } of places) {
      if (own > 0n) await collect(wallet, { deployment, node, at });
      if (checker !== null) await payPool(wallet, { deployment, node, at });
    }
  }
  const own = sumOf(places, "own");
  const pool = sumOf(places, "pool");
  output.result({ node, own, pool, places, collected: isCollected }, [
    ...places.flatMap((place) => describe(place, isCollected)),
    `together ${tokensOf(own)} earned, ${tokensOf(pool)} in pools`,
  ]);
}

/** What is where. */
interface Place {
  at: EarningsContract;
  own: bigint;
  pool: bigint;
  /** Who gets the pool; null while nobody is drawn. */
  checker: Address | null;
}

async function look(
  { client, deployment }: Context,
  node: Address,
  at: EarningsContract,
): Promise<Place> {
  const [{ own, pool }, checker] = await Promise.all([
    getEarnings(client, { deployment, node, at }),
    getChecker(client, { deployment, node, at }),
  ]);
  return { at, own, pool, checker: checker === zeroAddress ? null : checker };
}

function describe({ at, own, pool, checker }: Place, isCollected: boolean): string[] {
  if (own === 0n && pool === 0n) return [];
  const moved = isCollected && own > 0n ? ", moved to its payout address" : "";
  const drawn = checker === null ? (pool > 0n ? "nobody is drawn yet" : "empty") : `for ${checker}`;
  const paid = isCollected && checker !== null ? ", paid" : "";
  return [
    `${at}`,
    `  earned  ${tokensOf(own)}${moved}`,
    `  pool    ${tokensOf(pool)}, ${drawn}${paid}`,
  ];
}

function tokensOf(units: bigint): string {
  return `${formatUnits(units, TOKEN_DECIMALS)} tokens`;
}

function sumOf(places: readonly Place[], what: "own" | "pool"): bigint {
  return places.reduce((sum, place) => sum + place[what], 0n);
}
