// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { BatchHeader } from "../../protocol/batch.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface DemandReceiptParameters extends BatchWriteOptions {
  /** From `BatchPosted`, unchanged. */
  header: BatchHeader;
  position: number;
}
export type DemandReceiptReturnType = WriteReturnType;
export type DemandReceiptErrorType = WriteErrorType;

/**
 * Asks for a receipt that its node withholds, for a bond that goes to who shows it. The batch waits for it.
 *
 * @example
 * await demandReceipt(client, { deployment, header, position });
 */
export async function demandReceipt(
  client: Client,
  parameters: DemandReceiptParameters,
): Promise<DemandReceiptReturnType> {
  const { header, position, ...options } = parameters;
  return callBatchSettler(client, { ...options, functionName: "demand", args: [header, position] });
}
