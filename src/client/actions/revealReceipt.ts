// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { BatchHeader, BatchOpening } from "../../protocol/batch.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface RevealReceiptParameters extends BatchWriteOptions {
  /** From `BatchPosted`, unchanged. */
  header: BatchHeader;
  opening: BatchOpening;
}
export type RevealReceiptReturnType = WriteReturnType;
export type RevealReceiptErrorType = WriteErrorType;

/**
 * Shows a receipt that is asked for, and earns the bond of who asked. Anyone may.
 *
 * @example
 * await revealReceipt(client, { deployment, header, opening });
 */
export async function revealReceipt(
  client: Client,
  parameters: RevealReceiptParameters,
): Promise<RevealReceiptReturnType> {
  const { header, opening, ...options } = parameters;
  return callBatchSettler(client, { ...options, functionName: "reveal", args: [header, opening] });
}
