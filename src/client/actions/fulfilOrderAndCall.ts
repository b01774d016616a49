// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { Order } from "../../protocol/order.ts";
import { encodeCall } from "../call.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface FulfilOrderAndCallParameters extends SettlerWriteOptions {
  /** The signed request with its result, from `toOrder`. */
  order: Order;
  /** Of the order's kind. */
  evidence: Hex;
  /** The bytes that `order.outputCommitment` commits to. */
  output: Hex;
}
export type FulfilOrderAndCallReturnType = SettlerWriteReturnType;
export type FulfilOrderAndCallErrorType = WriteErrorType;

/**
 * Brings a signed order that its evidence makes final at once, and calls its consumer with the output, all or nothing.
 * The node may always settle without the call, by `fulfilOrder`.
 *
 * @example
 * await fulfilOrderAndCall(client, { deployment, order, evidence, output });
 */
export async function fulfilOrderAndCall(
  client: Client,
  parameters: FulfilOrderAndCallParameters,
): Promise<FulfilOrderAndCallReturnType> {
  const { order, evidence, output, ...options } = parameters;
  return callSettler(client, {
    ...options,
    functionName: "fulfilOrderAndCall",
    data: encodeCall({
      abi: orderSettlerAbi,
      functionName: "fulfilOrderAndCall",
      args: [order, evidence, output],
    }),
  });
}
