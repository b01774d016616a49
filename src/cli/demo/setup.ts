// SPDX-License-Identifier: MIT
// Everything the demo needs before its first request: circuit, chain, contracts, nodes, a live enclave key, money.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { parseEther, type Address } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { enclaveRegistryAbi } from "../../abi/index.ts";
import {
  approveAndDeposit,
  getEndpoint,
  isServing,
  nodeClient,
  optIn,
  registerNode,
  type NodeClient,
} from "../../client/index.ts";
import type { ModelId } from "../../protocol/ids.ts";
import { Role } from "../../protocol/node.ts";
import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../accounts.ts";
import { checkoutRoot } from "../checkout.ts";
import { NodeMissingError } from "../errors.ts";
import { connect, findModel, walletOf, type Context } from "../context.ts";
import { startChain } from "../devnet/chain.ts";
import { prepareCircuit } from "../devnet/circuit.ts";
import { deploy } from "../devnet/deploy.ts";
import { fund } from "../devnet/funds.ts";
import { DEVELOPMENT_NODES, startNodes } from "../devnet/nodes.ts";
import type { DemoCase } from "./cases.ts";

/** A running demo network. */
export interface DemoNetwork {
  context: Context;
  modelId: ModelId;
  client: ReturnType<typeof walletOf>;
  /** Address and service of each node that a case may ask; the absent one has no service. */
  nodes: Record<DemoCase["node"], { address: Address; service?: NodeClient }>;
  /** Names of all accounts, for the report. */
  names: Map<string, string>;
  /** Escrowed per request, token units. */
  maxFee: bigint;
  /** Ends the lying node, so that nobody asks it by accident. */
  stopLiar(): Promise<void>;
  stop(): Promise<void>;
}

const STAKE = parseEther("10000");
const DEPOSIT = parseEther("100");
const MAX_FEE = parseEther("2");
const ADMISSION_POLL_MS = 200;

/** Builds the whole network; `say` reports each step. On failure everything that was started is ended again. */
export async function startNetwork(say: (line: string) => void): Promise<DemoNetwork> {
  const root = checkoutRoot("demo");
  const folder = join(root, ".assay", "demo");
  await rm(folder, { recursive: true, force: true });
  say("Circuit: built once, about 40 s the first time ...");
  await prepareCircuit(() => {});

  say("Chain, contracts, model ...");
  const chain = await startChain(folder);
  const stops: (() => Promise<void>)[] = [() => chain.stop()];
  const stop = async (): Promise<void> => {
    for (const end of stops.splice(0).toReversed()) await end();
  };
  try {
    await deploy({ rpcUrl: chain.rpcUrl, parameters: "demo", folder });
    const context = await connect({
      rpc: chain.rpcUrl,
      deployment: join(folder, "addresses.json"),
    });
    const { id: modelId } = await findModel(context, { name: "digits" });

    say("Nodes: one inference, three verification, one that lies, one that is away ...");
    const specifications = [
      ...DEVELOPMENT_NODES,
      {
        name: "liar",
        role: "inference" as const,
        account: DEVELOPMENT_ACCOUNTS.liar,
        script: join(root, "src", "cli", "demo", "liar.ts"),
      },
    ];
    const nodes = await startNodes(context, { command: "demo", specifications, folder });
    const [inference, liar] = ["inference", "liar"].map((wanted) =>
      nodes.find(({ name }) => name.startsWith(wanted)),
    );
    if (inference === undefined || liar === undefined) throw new NodeMissingError("digits");
    stops.push(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
    const absent = await registerAbsent(context, modelId);
    const client = walletOf(
      context,
      privateKeyToAccount(developmentKey(DEVELOPMENT_ACCOUNTS.client)),
    );
    await fund(context, "demo", [client.account.address]);
    await approveAndDeposit(client, {
      deployment: context.deployment,
      receiver: client.account.address,
      amount: DEPOSIT,
    });

    say("Enclave: its document is judged by the verification nodes ...");
    await enclaveKeyAdmitted(context, inference.address);
    await serving(context, modelId, liar.address);
    return {
      context,
      modelId,
      client,
      nodes: {
        inference: await reach(context, inference.address),
        liar: await reach(context, liar.address),
        absent: { address: absent },
      },
      names: new Map([
        [client.account.address, "client"],
        [absent, "absent node"],
        ...nodes.map(({ address, name }) => [address, name] as const),
      ]),
      maxFee: MAX_FEE,
      stopLiar: () => liar.stop(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function reach(
  context: Context,
  address: Address,
): Promise<{ address: Address; service: NodeClient }> {
  const { client, deployment } = context;
  const endpoint = await getEndpoint(client, { deployment, node: address });
  return { address, service: nodeClient({ endpoint }) };
}

/** Registers a node that nobody runs. */
async function registerAbsent(context: Context, modelId: ModelId): Promise<Address> {
  const { deployment } = context;
  const wallet = walletOf(
    context,
    privateKeyToAccount(developmentKey(DEVELOPMENT_ACCOUNTS.absent)),
  );
  await fund(context, "demo", [wallet.account.address]);
  await registerNode(wallet, { deployment, role: Role.INFERENCE, amount: STAKE });
  await optIn(wallet, { deployment, modelId, amount: STAKE });
  return wallet.account.address;
}

async function enclaveKeyAdmitted(context: Context, node: Address): Promise<void> {
  const { client, deployment } = context;
  for (;;) {
    const admitted = await client.getContractEvents({
      address: deployment.enclaveRegistry,
      abi: enclaveRegistryAbi,
      eventName: "EnclaveKeyAdmitted",
      args: { node },
      fromBlock: deployment.block,
    });
    if (admitted.length > 0) return;
    await sleep(ADMISSION_POLL_MS);
  }
}

async function serving(context: Context, modelId: ModelId, node: Address): Promise<void> {
  const { client, deployment } = context;
  while (!(await isServing(client, { deployment, node, modelId }))) await sleep(ADMISSION_POLL_MS);
}
