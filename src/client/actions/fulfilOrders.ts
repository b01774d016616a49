// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { Order } from "../../protocol/order.ts";
import { encodeCall } from "../call.ts";
import type { ContractRevertedError, UnknownRevertError } from "../errors.ts";
import { decodeRevert } from "../revert.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FulfilOrdersParameters extends SettlerWriteOptions {
  /** Signed requests with their results, of one model and data node; none that leaves a record. */
  orders: readonly Order[];
  /** Of each order, in their order; the last ones may be left out when empty. */
  evidence: readonly Hex[];
  /**
   * Of an enclave, over `hashResults` of those TEE results that have no evidence of their own, in their order. Empty, as by
   * default, if there are none.
   */
  signature?: Hex;
}
/** An order that was skipped, with the error that it alone would have met. */
export interface RefusedOrder {
  id: RequestId;
  error: ContractRevertedError | UnknownRevertError;
}
export interface FulfilOrdersReturnType extends SettlerWriteReturnType {
  refused: RefusedOrder[];
}
export type FulfilOrdersErrorType = WriteErrorType;

/**
 * Brings many orders together, each with its own kind of evidence. One that fails is skipped, and changes nothing for the
 * others: look at `refused`.
 *
 * @example
 * const { refused } = await fulfilOrders(client, { deployment, orders, evidence });
 * for (const { id, error } of refused) console.log(id, error.message);
 */
export async function fulfilOrders(
  client: Client,
  parameters: FulfilOrdersParameters,
): Promise<FulfilOrdersReturnType> {
  const { orders, evidence, signature = "0x", ...options } = parameters;
  const functionName = "fulfilOrders";
  const data = encodeCall({
    abi: orderSettlerAbi,
    functionName,
    args: [orders, evidence, signature],
  });
  const sent = await callSettler(client, { ...options, functionName, data });
  const refused = sent.events
    .filter((event) => event.eventName === "OrderRefused")
    .map(({ args }) => ({ id: args.id, error: decodeRevert("fulfilOrder", args.reason) }));
  return { ...sent, refused };
}
