// SPDX-License-Identifier: MIT
import { toHex, zeroAddress, zeroHash, type Account, type Address, type Client } from "viem";
import { getBlock } from "viem/actions";

import {
  approveAndDeposit,
  getLedgerBalance,
  getParameters,
  getReservation,
  NodeRefusedError,
  openRequest,
  reserve,
  signOrder,
  type Deployment,
  type NodeClient,
  type NodeOrderResult,
} from "../client/index.ts";
import { defaultDeadlines } from "../protocol/deadlines.ts";
import { evidenceOf, PROVING_EVIDENCE, toEvidenceSet, type Path } from "../protocol/evidence.ts";
import type { Hex32, ModelId, RequestId } from "../protocol/ids.ts";
import { nextNonce } from "../protocol/order.ts";
import type { Request } from "../protocol/request.ts";
import { assayDomain, hashRequest } from "../protocol/typed-data.ts";

/** Nonces that an order tries. */
const MAX_ATTEMPTS = 16;

/** What a person chooses about a request. */
export interface Order {
  modelId: ModelId;
  path: Path;
  node: Address;
  /** One byte per value, as the model takes them. */
  input: Uint8Array;
  /** By the model's scheme. */
  inputCommitment: Hex32;
  /** Token units per metered unit. */
  unitPrice: bigint;
  /** Token units. */
  maxFee: bigint;
  /** Token units. */
  declaredValue?: bigint;
  /** Seconds, of the model; none if not given. */
  teeWindow?: number;
  /** Seconds; ten minutes if not given. */
  deliverWithin?: number;
  /** Seconds after that; an hour if not given. */
  proveWithin?: number;
}

/** Builds a request that the market admits now. */
export async function buildRequest(
  client: Client & { account: Account },
  deployment: Deployment,
  order: Order,
): Promise<Request> {
  const [{ timestamp }, parameters] = await Promise.all([
    getBlock(client),
    getParameters(client, { deployment }),
  ]);
  return {
    client: client.account.address,
    node: order.node,
    modelId: order.modelId,
    inputCommitment: order.inputCommitment,
    dataCommitment: zeroHash,
    dataNode: zeroAddress,
    requiredEvidence: toEvidenceSet([evidenceOf(order.path)]) & PROVING_EVIDENCE,
    maxFee: order.maxFee,
    unitPrice: order.unitPrice,
    declaredValue: order.declaredValue ?? 0n,
    ...defaultDeadlines({
      now: timestamp,
      parameters,
      ...(order.teeWindow === undefined ? {} : { teeWindow: order.teeWindow }),
      ...(order.deliverWithin === undefined ? {} : { deliverWithin: order.deliverWithin }),
      ...(order.proveWithin === undefined ? {} : { proveWithin: order.proveWithin }),
    }),
    consumer: zeroAddress,
    callbackGas: 0,
    nonce: randomNonce(),
  };
}

/** Equal orders of one client differ by their nonce; 64 random bits keep independent processes apart. */
function randomNonce(): bigint {
  const [nonce = 0n] = crypto.getRandomValues(new BigUint64Array(1));
  return nonce;
}

/** Deposits what the ledger lacks, hands the input to the node, and opens the request. */
export async function placeRequest(
  client: Client & { account: Account },
  parameters: { deployment: Deployment; service?: NodeClient; order: Order },
): Promise<{ id: RequestId; request: Request }> {
  const { deployment, service, order } = parameters;
  await depositFor(client, deployment, order.maxFee);
  await service?.putInput({ modelId: order.modelId, input: toHex(order.input) });
  const request = await buildRequest(client, deployment, order);
  const { id } = await openRequest(client, { deployment, request });
  return { id, request };
}

/**
 * Reserves for the node what the reservation lacks, hands the input to it, and signs the order for it. The node answers at
 * once and settles later.
 */
export async function placeOrder(
  client: Client & { account: Account },
  parameters: { deployment: Deployment; service: NodeClient; order: Order },
): Promise<{ id: RequestId; request: Request; answer: NodeOrderResult }> {
  const { deployment, service, order } = parameters;
  const { node, maxFee } = order;
  const owner = client.account.address;
  const names = { deployment, client: owner, node, signer: owner };
  const reservation = await getReservation(client, names);
  const unsigned = await buildRequest(client, deployment, order);
  const request = { ...unsigned, nonce: nextNonce(reservation) };
  const { longestOrder } = await getParameters(client, { deployment });
  const isLong = request.deliverBy <= reservation.until + longestOrder;
  if (reservation.amount < maxFee || !isLong) {
    const lacks = maxFee - reservation.amount;
    // The date moves only with money.
    const amount = lacks > 0n ? lacks : maxFee;
    await depositFor(client, deployment, amount);
    const until = Math.max(request.deliverBy, reservation.until);
    await reserve(client, { deployment, node, amount, until, signer: owner });
  }
  await service.putInput({ modelId: order.modelId, input: toHex(order.input) });
  for (let attempt = 1; ; attempt += 1) {
    const signature = await signOrder(client, { deployment, request });
    try {
      const answer = await service.postOrder({ request, signature });
      return { id: hashRequest(assayDomain(deployment), request), request, answer };
    } catch (error) {
      // Orders that the node has not brought yet have nonces that the chain does not know as used.
      if (!isNonceTaken(error) || attempt === MAX_ATTEMPTS) throw error;
      request.nonce += 1n;
    }
  }
}

function isNonceTaken(error: unknown): boolean {
  return error instanceof NodeRefusedError && error.message.includes("NonceUsed");
}

/** Deposits what the account's balance in the ledger lacks. */
async function depositFor(
  client: Client & { account: Account },
  deployment: Deployment,
  amount: bigint,
): Promise<void> {
  const receiver = client.account.address;
  const balance = await getLedgerBalance(client, { deployment, account: receiver });
  if (balance >= amount) return;
  await approveAndDeposit(client, { deployment, receiver, amount: amount - balance });
}
