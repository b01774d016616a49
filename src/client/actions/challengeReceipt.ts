// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchOpening, Fault } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { callBatchSettler, type BatchWriteOptions, type BatchNamed } from "../batches.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface ChallengeReceiptParameters extends BatchWriteOptions, BatchNamed {
  /** Who countersigned the batch; empty if nobody did. */
  signers: readonly Address[];
  /** The receipt; for WRONG_SUM also the one before it, if it does not go on from that one. */
  leaves: readonly BatchOpening[];
  fault: Fault;
  /** As committed to. */
  salt: Hex32;
}
export interface ChallengeReceiptReturnType extends WriteReturnType {
  /** Token units to the receipt's client. */
  refund: bigint;
  /** Token units to the caller. */
  reward: bigint;
}
export type ChallengeReceiptErrorType = WriteErrorType | EventMissingError;

/**
 * Shows a fault that the caller committed to in an earlier block: the receipt is void and its client made whole.
 *
 * @example
 * await challengeReceipt(client, { deployment, header, place, signers, leaves: [opening], fault, salt });
 */
export async function challengeReceipt(
  client: Client,
  parameters: ChallengeReceiptParameters,
): Promise<ChallengeReceiptReturnType> {
  const { header, place, signers, leaves, fault, salt, ...options } = parameters;
  const sent = await callBatchSettler(client, {
    ...options,
    functionName: "challenge",
    args: [header, place, signers, leaves, fault, salt],
  });
  const { args } = expectEvent(sent.receipt, {
    abi: batchSettlerAbi,
    address: options.deployment.batchSettler,
    eventName: "LossSettled",
  });
  return { ...sent, refund: args.refund, reward: args.reward };
}
