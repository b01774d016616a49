// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { encodeCall } from "../call.ts";
import {
  callEarnings,
  earningsAbi,
  type EarningsWriteOptions,
  type EarningsWriteReturnType,
} from "../earnings.ts";
import type { WriteErrorType } from "../transact.ts";

export interface PayPoolParameters extends EarningsWriteOptions {
  node: Address;
}
export type PayPoolReturnType = EarningsWriteReturnType;
export type PayPoolErrorType = WriteErrorType;

/**
 * Pays the verification shares that a node's requests brought in at one contract to the verification node that is drawn for
 * them; see {@link getChecker}. Anyone may do it.
 *
 * @example
 * await payPool(client, { deployment, node, at: "orderSettler" });
 */
export async function payPool(
  client: Client,
  parameters: PayPoolParameters,
): Promise<PayPoolReturnType> {
  const { node, ...options } = parameters;
  return callEarnings(client, {
    ...options,
    functionName: "payPool",
    data: encodeCall({ abi: earningsAbi, functionName: "payPool", args: [node] }),
  });
}
