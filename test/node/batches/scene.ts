// SPDX-License-Identifier: MIT
// One inference node and a committee in this process, and clients that order receipts over HTTP.
import { readFile } from "node:fs/promises";

import { type Hex, toHex } from "viem";

import { enclaveRegistryAbi } from "../../../src/abi/index.ts";
import {
  approveAndDeposit,
  channelClient,
  type ChannelClient,
  fundChannel,
  nodeClient,
} from "../../../src/client/index.ts";
import type { RunningNode } from "../../../src/node/index.ts";
import { type Path, type Request, requiredEvidenceOf } from "../../../src/protocol/index.ts";
import { loadDigitImage } from "../../../src/zkml/index.ts";
import { eventually, tokens, type World } from "../world.ts";

/** As many as a committee has. */
export const COMMITTEE = ["verifier-1", "verifier-2", "verifier-3", "verifier-4", "verifier-5"];
/** Token units of one request. */
export const PRICE = tokens("0.01");

export interface Customer {
  wallet: ReturnType<World["walletOf"]>;
  channel: ChannelClient;
}

/** Long enough that a busy machine's committee has checked all of a batch. */
export const windows = (challengeWindow: number) => ({
  unbondingPeriod: 100_000,
  market: { challengeWindow, disputeWindow: 900, longestOrder: 20_000 },
});

export async function startCommittee(world: World): Promise<RunningNode[]> {
  for (const name of COMMITTEE) await world.fund(name);
  return Promise.all(COMMITTEE.map((name) => world.start("verification", name)));
}

/** Waits until the node can sign by an enclave. */
export function keyAdmitted({ chain, deployment }: World, node: RunningNode): Promise<true> {
  return eventually("a live enclave key", async () => {
    const events = await chain.getContractEvents({
      address: deployment.enclaveRegistry,
      abi: enclaveRegistryAbi,
      eventName: "EnclaveKeyAdmitted",
      args: { node: node.address },
      fromBlock: deployment.block,
    });
    return events.length > 0 ? true : undefined;
  });
}

/** An account with ether, tokens, and a balance in the market. */
export async function fundCustomer(world: World, name: string, amount = tokens("100")) {
  await world.fund(name);
  const wallet = world.walletOf(name);
  const receiver = wallet.account.address;
  await approveAndDeposit(wallet, { deployment: world.deployment, receiver, amount });
  return wallet;
}

/** A client with a channel to the node. */
export async function openChannel(
  world: World,
  node: { address: Hex; endpoint: string },
  name: string,
  { amount = tokens("50"), lasts = 3_600 } = {},
): Promise<Customer> {
  const { deployment, chain } = world;
  const wallet = await fundCustomer(world, name);
  const { timestamp } = await chain.getBlock();
  const until = Number(timestamp) + lasts;
  const signer = wallet.account.address;
  await fundChannel(wallet, { deployment, node: node.address, signer, amount, until });
  const service = nodeClient({ endpoint: node.endpoint });
  const channel = await channelClient(wallet, { deployment, node: node.address, service });
  return { wallet, channel };
}

/** Inputs that the node has; requests take them in turn. */
export async function sendInputs(world: World, node: RunningNode, count: number) {
  const service = nodeClient({ endpoint: node.endpoint });
  const url = new URL("../../../models/digits/samples/3.pgm", import.meta.url);
  const image = await readFile(url);
  const inputs: { input: Uint8Array; commitment: Hex }[] = [];
  for (let pixel = 0; pixel < count; pixel += 1) {
    const input = loadDigitImage(image);
    input[0] = pixel % 8;
    input[1] = Math.floor(pixel / 8) % 8;
    const { modelId } = world;
    const commitment = await service.putInput({ modelId, input: toHex(input) });
    inputs.push({ input, commitment });
  }
  return inputs;
}

/** A request for a receipt of this path. */
export async function makeOrder(
  world: World,
  parameters: { node: Hex; customer: Customer; path: Path; inputCommitment: Hex },
  changes: Partial<Request> = {},
): Promise<Request> {
  const { node, customer, path, inputCommitment } = parameters;
  const input = await world.makeInput("3.pgm");
  const request = await world.makeRequest(input, {
    client: customer.wallet.account.address,
    node,
    inputCommitment,
    requiredEvidence: requiredEvidenceOf([path]),
    unitPrice: PRICE,
    maxFee: 2n * PRICE,
  });
  // Far enough to wait for a batch.
  return { ...request, proveBy: request.deliverBy + 60_000, ...changes };
}
