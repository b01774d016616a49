// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchHeader } from "../../protocol/batch.ts";
import type { CompactSignature } from "../../protocol/compact-signature.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface CountersignBatchParameters extends BatchWriteOptions {
  /** From `BatchPosted`, unchanged. */
  header: BatchHeader;
  /** By rising seats, as many as the quorum. */
  signatures: readonly (CompactSignature & { seat: number })[];
}
export interface CountersignBatchReturnType extends WriteReturnType {
  /** Token units. */
  paid: bigint;
  /** Whether all proven receipts are paid and final. */
  secured: boolean;
}
export type CountersignBatchErrorType = WriteErrorType | EventMissingError;

/**
 * Brings the signatures of a quorum of the batch's committee, and pays what is proven as far as the signers cover it.
 * Anyone may bring them, until the window closes.
 *
 * @example
 * await countersignBatch(client, { deployment, header, signatures });
 */
export async function countersignBatch(
  client: Client,
  parameters: CountersignBatchParameters,
): Promise<CountersignBatchReturnType> {
  const { header, signatures, ...options } = parameters;
  const sent = await callBatchSettler(client, {
    ...options,
    functionName: "countersign",
    args: [header, signatures],
  });
  const { args } = expectEvent(sent.receipt, {
    abi: batchSettlerAbi,
    address: options.deployment.batchSettler,
    eventName: "BatchCountersigned",
  });
  return { ...sent, paid: args.paid, secured: args.secured };
}
