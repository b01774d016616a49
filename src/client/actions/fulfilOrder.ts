// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { Order } from "../../protocol/order.ts";
import { encodeCall } from "../call.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FulfilOrderParameters extends SettlerWriteOptions {
  /** The signed request with its result, from `toOrder`. */
  order: Order;
  /** Of the order's kind; empty for a claim. */
  evidence: Hex;
}
export type FulfilOrderReturnType = SettlerWriteReturnType;
export type FulfilOrderErrorType = WriteErrorType;

/**
 * Brings a signed order together with its result, as the node that it names. What its evidence makes final is paid at once
 * out of the client's reservation, a claim after its window. Neither leaves a record, unless it has a consumer or evidence
 * is still to come.
 *
 * @example
 * const order = toOrder({ request, signature, result, kind: Evidence.ZKML });
 * await fulfilOrder(client, { deployment, order, evidence });
 */
export async function fulfilOrder(
  client: Client,
  parameters: FulfilOrderParameters,
): Promise<FulfilOrderReturnType> {
  const { order, evidence, ...options } = parameters;
  return callSettler(client, {
    ...options,
    functionName: "fulfilOrder",
    data: encodeCall({
      abi: orderSettlerAbi,
      functionName: "fulfilOrder",
      args: [order, evidence],
    }),
  });
}
