// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { Hex32 } from "../../protocol/ids.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface CommitFaultParameters extends BatchWriteOptions {
  /** From {@link getFaultCommitment}. */
  commitment: Hex32;
}
export type CommitFaultReturnType = WriteReturnType;
export type CommitFaultErrorType = WriteErrorType;

/**
 * Commits to a fault, so that nobody copies it from the mempool. Show it in a later block by {@link challengeReceipt}.
 *
 * @example
 * const commitment = await getFaultCommitment(client, { deployment, challenger, batchId, position, fault, salt });
 * await commitFault(client, { deployment, commitment });
 */
export async function commitFault(
  client: Client,
  parameters: CommitFaultParameters,
): Promise<CommitFaultReturnType> {
  const { commitment, ...options } = parameters;
  return callBatchSettler(client, {
    ...options,
    functionName: "commitChallenge",
    args: [commitment],
  });
}
