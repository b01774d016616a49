// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchHeader } from "../../protocol/batch.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface FinalizeBatchParameters extends BatchWriteOptions {
  /** From `BatchPosted`, unchanged. */
  header: BatchHeader;
}
export interface FinalizeBatchReturnType extends WriteReturnType {
  /** Token units. */
  paid: bigint;
}
export type FinalizeBatchErrorType = WriteErrorType | EventMissingError;

/**
 * Pays what is left of a batch when its window has closed and no receipt is asked for. Anyone may call it.
 *
 * @example
 * await finalizeBatch(client, { deployment, header });
 */
export async function finalizeBatch(
  client: Client,
  parameters: FinalizeBatchParameters,
): Promise<FinalizeBatchReturnType> {
  const { header, ...options } = parameters;
  const sent = await callBatchSettler(client, {
    ...options,
    functionName: "finalize",
    args: [header],
  });
  const { args } = expectEvent(sent.receipt, {
    abi: batchSettlerAbi,
    address: options.deployment.batchSettler,
    eventName: "BatchFinal",
  });
  return { ...sent, paid: args.paid };
}
