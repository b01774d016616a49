// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchHeader, BatchPosting, BatchVoucher } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface PostBatchParameters extends BatchWriteOptions {
  posting: BatchPosting;
  vouchers: readonly BatchVoucher[];
}
export interface PostBatchReturnType extends WriteReturnType {
  batchId: Hex32;
  /** What every later call about the batch carries. */
  header: BatchHeader;
}
export type PostBatchErrorType = WriteErrorType | EventMissingError;

/**
 * Posts the root of the caller's receipts with the vouchers that it claims. A voucher that does not hold is refused by itself.
 *
 * @example
 * const { batchId, header } = await postBatch(node, { deployment, posting, vouchers });
 */
export async function postBatch(
  client: Client,
  parameters: PostBatchParameters,
): Promise<PostBatchReturnType> {
  const { posting, vouchers, ...options } = parameters;
  const sent = await callBatchSettler(client, {
    ...options,
    functionName: "post",
    args: [posting, vouchers],
  });
  const { args } = expectEvent(sent.receipt, {
    abi: batchSettlerAbi,
    address: options.deployment.batchSettler,
    eventName: "BatchPosted",
  });
  return { ...sent, batchId: args.batchId, header: args.header };
}
