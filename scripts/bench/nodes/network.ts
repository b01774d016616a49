// SPDX-License-Identifier: MIT
/** What the workers need besides a database: a chain with the contracts and the model, and two nodes that serve inputs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type Address, parseEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../../../src/cli/accounts.ts";
import { connect, type Context, findModel, walletOf } from "../../../src/cli/context.ts";
import { startChain } from "../../../src/cli/devnet/chain.ts";
import { deploy } from "../../../src/cli/devnet/deploy.ts";
import { fund } from "../../../src/cli/devnet/funds.ts";
import { type RunningProcess, startProcess } from "../../../src/cli/devnet/process.ts";
import { registerNode } from "../../../src/client/index.ts";
import type { ModelId } from "../../../src/protocol/ids.ts";
import { Role } from "../../../src/protocol/node.ts";
import { type Backlog, NO_SOURCE, type ServedBacklog } from "./backlog.ts";

export const STAKE = parseEther("1000");
const CHILD = fileURLToPath(new URL("./child.ts", import.meta.url));

/** How long the source of each backlog waits before it answers. */
export const LATENCY_MS: Record<ServedBacklog, number> = { waiting: 400, computing: 0 };

export interface BenchNetwork {
  context: Context;
  modelId: ModelId;
  /** Results of each backlog. */
  results: number;
  /** The node that serves the inputs of each backlog. */
  sources: Record<Backlog, Address>;
  /** Where its files are. */
  folder: string;
  /** Starts a part of `child.ts`, and returns when it is ready. */
  startChild(part: string, options: object): Promise<RunningProcess>;
  close(): Promise<void>;
}

export async function startNetwork(results: number): Promise<BenchNetwork> {
  const folder = await mkdtemp(join(tmpdir(), "assay-bench-"));
  const stops: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  ];
  const close = async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  };
  const startChild = (part: string, options: object) =>
    startProcess({
      name: `${part} process`,
      command: process.execPath,
      args: [CHILD, part, JSON.stringify(options)],
      cwd: process.cwd(),
      logFile: join(folder, `${part}.log`),
      readyLine: /^ready ?(.*)$/,
    });
  try {
    const chain = await startChain(folder);
    stops.push(() => chain.stop());
    await deploy({ rpcUrl: chain.rpcUrl, parameters: "demo", folder });
    const deployment = join(folder, "addresses.json");
    const context = await connect({ rpc: chain.rpcUrl, deployment });
    const { id: modelId } = await findModel(context, { name: "digits" });

    const startSource = async (backlog: ServedBacklog, account: number): Promise<Address> => {
      const latencyMs = LATENCY_MS[backlog];
      const server = await startChild("serve", { backlog, modelId, latencyMs, results });
      stops.push(() => server.stop());
      const wallet = walletOf(context, privateKeyToAccount(developmentKey(account)));
      await fund(context, "bench", [wallet.account.address]);
      const [, endpoint = ""] = server.ready;
      const { deployment: contracts } = context;
      await registerNode(wallet, {
        deployment: contracts,
        role: Role.INFERENCE,
        amount: STAKE,
        endpoint,
      });
      return wallet.account.address;
    };
    const sources = {
      waiting: await startSource("waiting", DEVELOPMENT_ACCOUNTS.absent),
      computing: await startSource("computing", DEVELOPMENT_ACCOUNTS.inference),
      stored: NO_SOURCE,
    };
    return { context, modelId, results, sources, folder, startChild, close };
  } catch (error) {
    await close();
    throw error;
  }
}
