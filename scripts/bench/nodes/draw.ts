// SPDX-License-Identifier: MIT
/**
 * How a backlog is divided among verification nodes that share nothing but the chain: each a process with a folder of its
 * own that reads the registry's events, draws as a node does, and re-checks what it is drawn for.
 */
import { join } from "node:path";

import { type Address, type Client, createClient, http, keccak256 } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { getLogs } from "viem/actions";

import { developmentKey } from "../../../src/cli/accounts.ts";
import { walletOf } from "../../../src/cli/context.ts";
import { fund } from "../../../src/cli/devnet/funds.ts";
import { type Deployment, registerNode, serializeDeployment } from "../../../src/client/index.ts";
import { decodeEvents } from "../../../src/node/events.ts";
import { CHECKS_PER_RESULT } from "../../../src/node/verification/service.ts";
import { NodeTable } from "../../../src/node/verification/node-table.ts";
import type { ModelId } from "../../../src/protocol/ids.ts";
import { objectOf, parseJson, uint } from "../../../src/protocol/json.ts";
import { Role } from "../../../src/protocol/node.ts";
import { type Database, type Jobs, openDatabase } from "../../../src/store/index.ts";
import type { QuantisedModel } from "../../../src/zkml/index.ts";
import { type Backlog, deliveredResults, toJob } from "./backlog.ts";
import { type BenchNetwork, STAKE } from "./network.ts";
import { offer } from "./run.ts";
import { openJobs, SCHEMA, type Worker } from "./workers.ts";

/** Of the development mnemonic; those before play other parts. */
const FIRST_ACCOUNT = 10;

export interface DrawOptions {
  rpcUrl: string;
  deployment: object;
  node: Address;
  folder: string;
  results: number;
  modelId: ModelId;
  sources: Record<Backlog, Address>;
  rechecksAtOnce: number;
}

/** What one node did of the backlog. */
export interface Share {
  checks: number;
}

/** With so many nodes. */
export interface DrawRate {
  nodes: number;
  /** Of each node. */
  shares: number[];
  /** Results a second that all of their nodes have checked. */
  perSecond: number;
}

const readShare = objectOf<Share>({ checks: uint(32) });

type StartWorker = (
  place: { database: Database; jobs: Jobs },
  onDone: () => void,
) => Promise<Worker>;

/** Registers nodes until there are as many, for each count, and lets them check the backlog. */
export async function measureDraw(
  network: BenchNetwork,
  counts: readonly number[],
  options: { rechecksAtOnce: number; log: (line: string) => void },
): Promise<DrawRate[]> {
  const nodes: Address[] = [];
  const rates: DrawRate[] = [];
  for (const count of counts) {
    while (nodes.length < count) nodes.push(await register(network, FIRST_ACCOUNT + nodes.length));
    const rate = await measureNodes(network, nodes, options.rechecksAtOnce);
    rates.push(rate);
    options.log(
      `Draw, ${count} nodes: ${rate.shares.join(", ")} checks, ${rate.perSecond.toFixed(0)} results a second`,
    );
  }
  return rates;
}

async function measureNodes(
  network: BenchNetwork,
  nodes: readonly Address[],
  rechecksAtOnce: number,
): Promise<DrawRate> {
  const { context, modelId, results, sources } = network;
  const { rpcUrl } = context;
  const deployment = JSON.parse(serializeDeployment(context.deployment)) as object;
  const children = await Promise.all(
    nodes.map(async (node) => {
      const options: DrawOptions = {
        rpcUrl,
        deployment,
        node,
        folder: join(network.folder, `draw-${nodes.length}-${node}`),
        results,
        modelId,
        sources,
        rechecksAtOnce,
      };
      return network.startChild("draw", options);
    }),
  );
  const startedAt = performance.now();
  const shares = await Promise.all(
    children.map(async ({ ready: [, endpoint = ""] }) => {
      const response = await fetch(`${endpoint}/check`, { method: "POST" });
      const text = await response.text();
      return parseJson(text, readShare, { what: "share", limit: 4_096 }).checks;
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await Promise.all(children.map((child) => child.stop()));
  return { nodes: nodes.length, shares, perSecond: results / seconds };
}

async function register({ context }: BenchNetwork, index: number): Promise<Address> {
  const wallet = walletOf(context, privateKeyToAccount(developmentKey(index)));
  const { address } = wallet.account;
  await fund(context, "bench", [address]);
  const { deployment } = context;
  await registerNode(wallet, { deployment, role: Role.VERIFICATION, amount: STAKE, endpoint: "" });
  return address;
}

/** In a node's process: its part of the backlog, ready to be checked. */
export async function openShare(model: QuantisedModel, options: DrawOptions) {
  const { rpcUrl, node, folder, results } = options;
  const client = createClient({ transport: http(rpcUrl), cacheTime: 0 });
  const deployment = options.deployment as Deployment;
  const table = await readNodes(client, deployment);
  const drawn = deliveredResults(model, "waiting", results).filter((result) => {
    const { id } = toJob(result, options);
    // In place of the hash of the block that brought the result.
    return table.isDrawn(id, keccak256(id), node, CHECKS_PER_RESULT);
  });
  const database = await openDatabase({ location: folder, schema: SCHEMA });
  const jobs = await openJobs(database);
  await offer(jobs, drawn, options, 0);
  return {
    check: async (start: StartWorker): Promise<Share> => {
      let checks = 0;
      const { promise: done, resolve } = Promise.withResolvers<void>();
      const onDone = () => {
        checks += 1;
        if (checks === drawn.length) resolve();
      };
      const worker = await start({ database, jobs }, onDone);
      if (drawn.length > 0) await done;
      await worker.stop();
      return { checks };
    },
    close: async () => {
      await jobs.close();
      await database.close();
    },
  };
}

/** The registry's nodes, from its events. */
async function readNodes(client: Client, deployment: Deployment): Promise<NodeTable> {
  const logs = await getLogs(client, { address: deployment.nodeRegistry, fromBlock: 0n });
  const table = new NodeTable();
  for (const event of decodeEvents(logs, deployment)) table.apply(event);
  return table;
}
