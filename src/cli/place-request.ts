// SPDX-License-Identifier: MIT
import { toHex, zeroAddress, zeroHash, type Account, type Address, type Client } from "viem";
import { getBlock } from "viem/actions";

import {
  approveAndDeposit,
  getLedgerBalance,
  getParameters,
  openRequest,
  type Deployment,
  type NodeClient,
} from "../client/index.ts";
import { defaultDeadlines } from "../protocol/deadlines.ts";
import { evidenceOf, PROVING_EVIDENCE, toEvidenceSet, type Path } from "../protocol/evidence.ts";
import type { Hex32, ModelId, RequestId } from "../protocol/ids.ts";
import type { Request } from "../protocol/request.ts";

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
  const receiver = client.account.address;
  const balance = await getLedgerBalance(client, { deployment, account: receiver });
  if (balance < order.maxFee)
    await approveAndDeposit(client, { deployment, receiver, amount: order.maxFee - balance });
  await service?.putInput({ modelId: order.modelId, input: toHex(order.input) });
  const request = await buildRequest(client, deployment, order);
  const { id } = await openRequest(client, { deployment, request });
  return { id, request };
}
