// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import type { BatchOpening } from "../../protocol/batch.ts";
import { callBatchSettler, type BatchWriteOptions, type BatchNamed } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface LapseReceiptsParameters extends BatchWriteOptions, BatchNamed {
  /** Who countersigned the batch; empty if nobody did. */
  signers: readonly Address[];
  /** Positions, of one voucher. */
  first: number;
  last: number;
  /** The receipts around them, each if it is in the same voucher's part. */
  neighbours: readonly BatchOpening[];
}
export type LapseReceiptsReturnType = WriteReturnType;
export type LapseReceiptsErrorType = WriteErrorType;

/**
 * Voids receipts that were asked for and that nobody showed in time: their client is made whole.
 *
 * @example
 * await lapseReceipts(client, { deployment, header, place, signers, first: 7, last: 7, neighbours });
 */
export async function lapseReceipts(
  client: Client,
  parameters: LapseReceiptsParameters,
): Promise<LapseReceiptsReturnType> {
  const { header, place, signers, first, last, neighbours, ...options } = parameters;
  return callBatchSettler(client, {
    ...options,
    functionName: "lapse",
    args: [header, place, signers, first, last, neighbours],
  });
}
