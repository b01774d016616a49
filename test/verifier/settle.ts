// SPDX-License-Identifier: MIT
// Requests of every path, taken to where a test needs them.
import { bytesToHex, getAddress, parseEther, zeroAddress, zeroHash, type Hex } from "viem";

import {
  finalize,
  finalizeClaims,
  findClaim,
  fulfil,
  fulfilOrder,
  fulfilOrders,
  getParameters,
  openRequest,
  reserve,
  signOrder,
  signResult,
} from "../../src/client/index.ts";
import { defaultDeadlines } from "../../src/protocol/deadlines.ts";
import {
  Evidence,
  evidenceOf,
  requiredEvidenceOf,
  type Path,
} from "../../src/protocol/evidence.ts";
import type { RequestId } from "../../src/protocol/ids.ts";
import { toOrder } from "../../src/protocol/order.ts";
import type { Request, Result } from "../../src/protocol/request.ts";
import {
  assayDomain,
  commitOutput,
  hashRequest,
  hashResult,
  hashResults,
  resultBinding,
} from "../../src/protocol/typed-data.ts";
import { commitInput, encodeZkmlEvidence } from "../../src/zkml/index.ts";
import type { World } from "./world.ts";

export interface Order {
  id: RequestId;
  request: Request;
  result: Result;
}

let nonce = 0n;

export async function makeRequest(
  world: World,
  path: Path,
  changes: Partial<Request> = {},
): Promise<Request> {
  const { chain, deployment, wallets } = world;
  const parameters = await getParameters(chain, { deployment });
  nonce += 1n;
  return {
    client: getAddress(wallets.client.account.address),
    node: getAddress(wallets.node.account.address),
    modelId: world.modelId,
    inputCommitment: commitInput(world.circuit.model, world.input),
    dataCommitment: zeroHash,
    dataNode: zeroAddress,
    requiredEvidence: requiredEvidenceOf([path]),
    maxFee: parseEther("3"),
    unitPrice: parseEther("1") + 7n,
    declaredValue: parseEther("2"),
    ...defaultDeadlines({ now: await world.now(), parameters }),
    consumer: zeroAddress,
    callbackGas: 0,
    nonce,
    ...changes,
  };
}

/** Opens a request; its node has the answer and serves it over HTTP. */
export async function open(
  world: World,
  path: Path,
  changes: Partial<Request> = {},
): Promise<Order> {
  const { deployment, wallets } = world;
  const request = await makeRequest(world, path, changes);
  const { id } = await openRequest(wallets.client, { deployment, request });
  return answer(world, { id, request });
}

/** The node's result, which its HTTP service has from now on. */
export async function answer(
  world: World,
  {
    id,
    request,
    node = world.wallets.node,
  }: Pick<Order, "id" | "request"> & {
    node?: World["wallets"]["node"];
  },
): Promise<Order> {
  const { deployment, service, output } = world;
  const result = {
    outputCommitment: commitOutput(output),
    units: 1,
    node: getAddress(node.account.address),
  };
  const signature = await signResult(node, { deployment, result: { requestId: id, ...result } });
  service.put(`/results/${id}`, { request, result, output, signature });
  service.put(`/inputs/${request.inputCommitment}`, {
    modelId: request.modelId,
    input: bytesToHex(world.input),
  });
  return { id, request, result };
}

/** Evidence of a path for the order's result. */
export async function makeEvidence(world: World, path: Path, order: Order): Promise<Hex> {
  const { deployment, prover, enclave, input } = world;
  const domain = assayDomain(deployment);
  const digest = hashResult(domain, { requestId: order.id, ...order.result });
  if (path === "tee") return enclave.signResult(digest);
  if (path === "vanilla") return "0x";
  return encodeZkmlEvidence(await prover.prove({ input, binding: resultBinding(digest) }));
}

/** Opens a request and takes it to FINAL on its path. */
export async function settle(world: World, path: Path): Promise<Order> {
  const { deployment, wallets } = world;
  const order = await open(world, path);
  const { request, result } = order;
  const evidence = await makeEvidence(world, path, order);
  const kind = evidenceOf(path);
  await fulfil(wallets.node, { deployment, request, result, kind, evidence });
  if (kind === Evidence.VANILLA) await closeWindow(world, order);
  return order;
}

/** Lets the challenge window pass and finalises. */
export async function closeWindow(world: World, { request, result }: Order): Promise<void> {
  const { connection, chain, deployment, wallets } = world;
  const { challengeWindow } = await getParameters(chain, { deployment });
  await connection.networkHelpers.time.increase(challengeWindow);
  await finalize(wallets.client, { deployment, request, result });
}

/** Ways to settle signed orders: alone, or with others. Two TEE orders that come together share one signature. */
export type Together = 1 | 2;

/** Takes signed orders to FINAL on their path, without a record. */
export async function settleOrders(world: World, path: Path, count: Together): Promise<Order[]> {
  const orders = await bringOrders(world, path, count);
  const [first] = orders;
  if (path === "vanilla" && first !== undefined) await closeClaims(world, first);
  return orders;
}

/** Brings signed orders, reserved for before. */
export async function bringOrders(world: World, path: Path, count: Together): Promise<Order[]> {
  const { deployment, wallets, enclave } = world;
  const { client, node } = wallets;
  await reserve(client, {
    deployment,
    node: node.account.address,
    amount: parseEther("10"),
    until: (await world.now()) + 1_000_000,
    signer: client.account.address,
  });
  const domain = assayDomain(deployment);
  const made: Order[] = [];
  const brought = [];
  for (let place = 0; place < count; place += 1) {
    const request = await makeRequest(world, path);
    const order = await answer(world, { id: hashRequest(domain, request), request });
    const signature = await signOrder(client, { deployment, request });
    made.push(order);
    brought.push(toOrder({ ...order, signature, kind: evidenceOf(path) }));
  }
  const [first] = made;
  const [order] = brought;
  if (count === 1 && first !== undefined && order !== undefined) {
    const evidence = await makeEvidence(world, path, first);
    await fulfilOrder(node, { deployment, order, evidence });
    return made;
  }
  const isShared = path === "tee";
  const digests = made.map(({ id, result }) => hashResult(domain, { requestId: id, ...result }));
  const { refused } = await fulfilOrders(node, {
    deployment,
    orders: brought,
    evidence: isShared
      ? []
      : await Promise.all(made.map((each) => makeEvidence(world, path, each))),
    signature: isShared ? await enclave.signResult(hashResults(digests)) : "0x",
  });
  if (refused.length > 0) throw new RangeError("an order was refused", { cause: refused });
  return made;
}

/** Lets the challenge window of claims pass and finalises them. */
export async function closeClaims(world: World, { id }: Order): Promise<void> {
  const { connection, chain, deployment, wallets } = world;
  const { challengeWindow } = await getParameters(chain, { deployment });
  await connection.networkHelpers.time.increase(challengeWindow);
  const claim = await findClaim(chain, { deployment, id });
  await finalizeClaims(wallets.client, { deployment, ...claim });
}
