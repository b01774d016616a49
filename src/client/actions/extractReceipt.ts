// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { BatchOpening } from "../../protocol/batch.ts";
import { callBatchSettler, type BatchWriteOptions, type BatchNamed } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface ExtractReceiptParameters extends BatchWriteOptions, BatchNamed {
  opening: BatchOpening;
}
export type ExtractReceiptReturnType = WriteReturnType;
export type ExtractReceiptErrorType = WriteErrorType;

/**
 * Gives a claim a record of its own at the market, where it can be disputed and proved. It leaves the batch with its charge
 * and its bond.
 *
 * @example
 * await extractReceipt(client, { deployment, header, place, opening });
 */
export async function extractReceipt(
  client: Client,
  parameters: ExtractReceiptParameters,
): Promise<ExtractReceiptReturnType> {
  const { header, place, opening, ...options } = parameters;
  return callBatchSettler(client, {
    ...options,
    functionName: "extract",
    args: [header, place, opening],
  });
}
