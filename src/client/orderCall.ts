// SPDX-License-Identifier: MIT
// An order is in the calldata of the transaction that brought it, and nowhere else on chain.
import { type Client, decodeFunctionData, type Hex, isAddressEqual } from "viem";
import { getTransaction } from "viem/actions";

import { orderSettlerAbi } from "../abi/orderSettler.ts";
import { Evidence } from "../protocol/evidence.ts";
import type { Hex32, RequestId } from "../protocol/ids.ts";
import { type Order, resultOfOrder } from "../protocol/order.ts";
import { assayDomain, hashRequest, hashResult } from "../protocol/typed-data.ts";
import type { DeploymentWith } from "./deployment.ts";
import { OrderUnreadableError } from "./errors.ts";
import { type ReadErrorType, withCallErrors } from "./revert.ts";

/** An order with what its node brought. */
export interface BroughtOrder {
  id: RequestId;
  order: Order;
  /** What proves it: evidence of its own, or the signature that it shares; empty for a claim. */
  evidence: Hex;
  /** Digests of all results that the signature is over, if it is shared. */
  shared: readonly Hex32[] | undefined;
}

export type ReadOrdersErrorType = ReadErrorType | OrderUnreadableError;

/**
 * The orders in a transaction's calldata. Only direct calls of the settler are read: how another contract passes orders on
 * is its own affair.
 *
 * @throws {OrderUnreadableError} if it is none.
 */
export async function readOrders(
  client: Client,
  parameters: { deployment: DeploymentWith<"market" | "orderSettler">; transactionHash: Hex32 },
): Promise<BroughtOrder[]> {
  const { deployment, transactionHash: hash } = parameters;
  const { to, input } = await withCallErrors(
    "eth_getTransactionByHash",
    getTransaction(client, { hash }),
  );
  const settler = deployment.orderSettler;
  if (to === null || !isAddressEqual(to, settler)) {
    throw new OrderUnreadableError(hash, `it called ${to ?? "no contract"}, not ${settler}`);
  }
  return decodeOrders(input, deployment, hash);
}

/** The order of this id in a transaction's calldata, as {@link readOrders}. */
export async function readOrder(
  client: Client,
  parameters: {
    deployment: DeploymentWith<"market" | "orderSettler">;
    transactionHash: Hex32;
    id: RequestId;
  },
): Promise<BroughtOrder> {
  const { id, transactionHash } = parameters;
  const found = (await readOrders(client, parameters)).find((brought) => brought.id === id);
  if (found === undefined)
    throw new OrderUnreadableError(transactionHash, "another order is in it");
  return found;
}

/**
 * The orders in the calldata of a call of the settler.
 *
 * @throws {OrderUnreadableError} if it brings none.
 */
export function decodeOrders(
  input: Hex,
  deployment: DeploymentWith<"market">,
  transactionHash: Hex32,
): BroughtOrder[] {
  const domain = assayDomain(deployment);
  const call = decode(input, transactionHash);
  switch (call.functionName) {
    case "fulfilOrder":
    case "fulfilOrderAndCall": {
      const order = toKnownKind(call.args[0]);
      const id = hashRequest(domain, order.request);
      return [{ id, order, evidence: call.args[1], shared: undefined }];
    }
    case "fulfilOrders": {
      const [given, pieces, signature] = call.args;
      const orders = given.map(toKnownKind);
      const ids = orders.map(({ request }) => hashRequest(domain, request));
      const own = orders.map((_, at) => pieces[at] ?? "0x");
      const isShared = orders.map(({ kind }, at) => kind === Evidence.TEE && own[at] === "0x");
      const digests = orders.map((order, at) =>
        hashResult(domain, { ...resultOfOrder(order), requestId: ids[at] as RequestId }),
      );
      const shared = digests.filter((_, at) => isShared[at]);
      return orders.map((order, at) => ({
        id: ids[at] as RequestId,
        order,
        evidence: isShared[at] ? signature : (own[at] as Hex),
        shared: isShared[at] ? shared : undefined,
      }));
    }
    default:
      throw new OrderUnreadableError(transactionHash, `it calls ${call.functionName}`);
  }
}

function decode(input: Hex, transactionHash: Hex32) {
  try {
    return decodeFunctionData({ abi: orderSettlerAbi, data: input });
  } catch (cause) {
    throw new OrderUnreadableError(transactionHash, "its calldata is no call of it", cause);
  }
}

/** The ABI gives enums as numbers; the settler decodes no other than these. */
function toKnownKind(order: Omit<Order, "kind"> & { kind: number }): Order {
  return { ...order, kind: order.kind as Evidence };
}
