// SPDX-License-Identifier: MIT
import { type Client, decodeFunctionData, type Hex, isAddressEqual } from "viem";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import type { DeploymentWith } from "../client/deployment.ts";
import { type BroughtOrder, decodeOrders } from "../client/orderCall.ts";
import { type Evidence, pathOf } from "../protocol/evidence.ts";
import type { Hex32, RequestId } from "../protocol/ids.ts";
import type { Request } from "../protocol/request.ts";
import { readTransaction } from "./chainReads.ts";
import { EvidenceCallError, WrappedCallError } from "./errors.ts";

/** A call of the market or of the order settler that brought evidence. */
export interface EvidenceCall {
  request: Request;
  kind: number;
  data: Hex;
  /** Digests of all results that an enclave signed together, if that is the evidence. */
  shared?: readonly Hex32[] | undefined;
}

/**
 * The evidence in a transaction's calldata. Only direct calls of market and settler are read: how another contract passes
 * bytes on is its own affair.
 *
 * @throws {WrappedCallError}, {@link EvidenceCallError}, {@link OrderUnreadableError} or {@link ChainItemMissingError}.
 */
export async function readEvidenceCall(
  client: Client,
  parameters: {
    deployment: DeploymentWith<"market" | "orderSettler">;
    transactionHash: Hex32;
    /** Which of the orders that came together. */
    id: RequestId;
    kind: Evidence;
  },
): Promise<EvidenceCall> {
  const { deployment, transactionHash, id, kind } = parameters;
  const { to, input } = await readTransaction(client, transactionHash);
  const isOf = (contract: "market" | "orderSettler") =>
    to !== null && isAddressEqual(to, deployment[contract]);
  if (!isOf("market") && !isOf("orderSettler")) {
    throw new WrappedCallError(transactionHash, to ?? "none, a deployment");
  }
  const call = isOf("market")
    ? decodeEvidenceCall(input, transactionHash)
    : toEvidenceCall(decodeOrders(input, deployment, transactionHash), id, transactionHash);
  if (call.kind !== kind) {
    throw new EvidenceCallError(transactionHash, `its evidence is not of the ${pathOf(kind)} path`);
  }
  return call;
}

function toEvidenceCall(
  orders: readonly BroughtOrder[],
  id: RequestId,
  transactionHash: Hex32,
): EvidenceCall {
  const brought = orders.find((order) => order.id === id);
  if (brought === undefined) throw new EvidenceCallError(transactionHash, "it is of other orders");
  const { order, evidence: data, shared } = brought;
  return { request: order.request, kind: order.kind, data, shared };
}

function decodeEvidenceCall(input: Hex, transactionHash: Hex32): EvidenceCall {
  const call = decode(input, transactionHash);
  switch (call.functionName) {
    case "fulfil":
    case "prove":
    case "rescue":
    case "fulfilAndCall": {
      const [request, , kind, data] = call.args;
      return { request, kind, data };
    }
    default:
      throw new EvidenceCallError(transactionHash, `it calls ${call.functionName}`);
  }
}

function decode(input: Hex, transactionHash: Hex32) {
  try {
    return decodeFunctionData({ abi: inferenceMarketAbi, data: input });
  } catch (cause) {
    throw new EvidenceCallError(transactionHash, "its calldata is no call of the market", cause);
  }
}
