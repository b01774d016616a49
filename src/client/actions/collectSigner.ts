// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface CollectSignerParameters extends BatchWriteOptions {
  signer: Address;
}
export type CollectSignerReturnType = WriteReturnType;
export type CollectSignerErrorType = WriteErrorType;

/**
 * Moves what a verification node earned by countersigning to the balance of its payout address. Anyone may do it.
 *
 * @example
 * await collectSigner(client, { deployment, signer });
 */
export async function collectSigner(
  client: Client,
  parameters: CollectSignerParameters,
): Promise<CollectSignerReturnType> {
  const { signer, ...options } = parameters;
  return callBatchSettler(client, { ...options, functionName: "collectSigner", args: [signer] });
}
