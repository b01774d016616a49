// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface CollectBatchesParameters extends BatchWriteOptions {
  node: Address;
}
export type CollectBatchesReturnType = WriteReturnType;
export type CollectBatchesErrorType = WriteErrorType;

/**
 * Moves what a node's batches earned to the balance of its payout address. Anyone may do it.
 *
 * @example
 * await collectBatches(client, { deployment, node });
 */
export async function collectBatches(
  client: Client,
  parameters: CollectBatchesParameters,
): Promise<CollectBatchesReturnType> {
  const { node, ...options } = parameters;
  return callBatchSettler(client, { ...options, functionName: "collect", args: [node] });
}
