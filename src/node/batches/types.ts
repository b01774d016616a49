// SPDX-License-Identifier: MIT
import type { Address, Hex } from "viem";

import {
  type BatchAnswer,
  type BatchOrder,
  readBatchAnswer,
  readBatchOrder,
} from "../../client/node/batches.ts";
import type { BatchPosting, BatchVoucher } from "../../protocol/batch.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { address, bigUint, hexBytes, listOf, objectOf, uint } from "../../protocol/json.ts";

/** Vouchers of a batch: more fit in no transaction. */
const PARTS_MAX = 1_024;

/** One client's end of its channels to this node. */
export interface ChannelName {
  client: Address;
  signer: Address;
}

/** An order and what was answered. */
export interface Exchange {
  order: BatchOrder;
  answer: BatchAnswer;
  /** Unix milliseconds. */
  takenAt: number;
}

/** An answered order, as it is kept. */
export interface KeptReceipt extends ChannelName, Exchange {
  id: RequestId;
  /** Undefined while it is being proved. */
  evidence: Hex | undefined;
}

/** A batch as the node makes it. */
export interface KeptBatch {
  posting: BatchPosting;
  vouchers: BatchVoucher[];
  /** Of each voucher. */
  signers: Address[];
}

/** How batches are made. */
export interface BatchOptions {
  /** Receipts of a batch: so many are posted at once. Default 256, at most 4,096. */
  size?: number;
  /** Milliseconds after which a receipt is posted, however few there are. Default 60,000. */
  ageMs?: number;
}

export const readExchange = objectOf<Exchange>({
  order: readBatchOrder,
  answer: readBatchAnswer,
  takenAt: uint(53),
});

export const readKeptBatch = objectOf<KeptBatch>({
  posting: objectOf<BatchPosting>({
    modelId: hexBytes(32),
    dataNode: address,
    root: hexBytes(32),
    postBy: uint(40),
    provenCharge: bigUint(80),
    provenValue: bigUint(80),
    claimBond: bigUint(80),
  }),
  vouchers: listOf(
    objectOf<BatchVoucher>({
      client: address,
      r: hexBytes(32),
      vs: hexBytes(32),
      fromCount: uint(40),
      toCount: uint(40),
      fromCharge: bigUint(88),
      toCharge: bigUint(88),
      maxCharge: bigUint(88),
    }),
    PARTS_MAX,
  ),
  signers: listOf(address, PARTS_MAX),
});

/** For keys of maps. */
export function nameOf({ client, signer }: ChannelName): string {
  return `${client}:${signer}`.toLowerCase();
}
