// SPDX-License-Identifier: MIT
// The part of a node's HTTP service that is about batches of receipts. Nodes and clients read each other's bodies by these
// same readers.
import type { Address, Hex } from "viem";

import type { BatchReceipt } from "../../protocol/batch.ts";
import {
  type BatchReceiptDocument,
  readBatchReceipt,
  readBatchReceiptDocument,
} from "../../protocol/batch-receipt.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { address, bigUint, hexBytes, listOf, objectOf, oneOf, uint } from "../../protocol/json.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { readRequest, readResult } from "../../protocol/request-json.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import { NodeContentMismatchError } from "../errors.ts";
import { transfer, type TransferOptions } from "./http.ts";
import type { NodeCallOptions } from "./nodeClient.ts";

/** Receipts of one batch: as many leaves are served at once. */
export const BATCH_SIZE_MAX = 4_096;
/** Receipts of one page. */
export const PAGE_SIZE = 128;

/** Body of `POST /receipts`: a request for a batch, and what the node may charge with it. */
export interface BatchOrder {
  request: Request;
  /** Of the request in its channel's life, from zero; the voucher is for one more. */
  index: number;
  /** The channel's signer's, over request and index: 65 bytes. */
  signature: Hex;
  /** Token units for the channel's whole life, with this request. */
  maxCharge: bigint;
  /** The channel's signer's, over the voucher: 65 bytes. */
  voucherSignature: Hex;
}

/** Answer of `POST /receipts`. */
export interface BatchAnswer {
  index: number;
  result: Result;
  /** The output bytes. */
  output: Hex;
  /** The node's EIP-712 signature over the result, 65 bytes. */
  signature: Hex;
  kind: Evidence;
  /** Empty for a bonded claim, and for a proof that is still being made. */
  evidence: Hex;
}

/** Answer of `GET /batches/:root`. */
export interface BatchLeaves {
  /** Hashes of its receipts, by position. */
  leaves: Hex32[];
}

/** Answer of `GET /batches/:root/receipts?from=N`: those from this position on, as many as a page holds. */
export interface BatchPage {
  receipts: BatchReceipt[];
}

/** Body of `POST /batches/:root/signatures`. */
export interface SeatSignature {
  seat: number;
  signature: Hex;
}

/** Answer of `POST /batches/:root/signatures`: how many the node has. */
export interface SignatureCount {
  signatures: number;
}

/** Body of `POST /closings`: a closing that the channel's signer has signed, so that nobody else has it closed. */
export interface ClosingOrder {
  client: Address;
  signer: Address;
  /** As the chain has them. */
  count: number;
  until: number;
  /** 65 bytes. */
  signature: Hex;
}

/** Answer of `POST /closings`: the node's signature over the same closing. */
export interface ClosingAnswer {
  signature: Hex;
}

export const readBatchOrder = objectOf<BatchOrder>({
  request: readRequest,
  index: uint(40),
  signature: hexBytes(65),
  maxCharge: bigUint(88),
  voucherSignature: hexBytes(65),
});

export const readBatchAnswer = objectOf<BatchAnswer>({
  index: uint(40),
  result: readResult,
  output: hexBytes(),
  signature: hexBytes(65),
  kind: oneOf(Object.values(Evidence)),
  evidence: hexBytes(),
});

export const readBatchLeaves = objectOf<BatchLeaves>({
  leaves: listOf(hexBytes(32), BATCH_SIZE_MAX),
});

export const readBatchPage = objectOf<BatchPage>({
  receipts: listOf(readBatchReceipt, PAGE_SIZE),
});

export const readSeatSignature = objectOf<SeatSignature>({
  seat: uint(8),
  signature: hexBytes(65),
});

export const readSignatureCount = objectOf<SignatureCount>({ signatures: uint(8) });

export const readClosingOrder = objectOf<ClosingOrder>({
  client: address,
  signer: address,
  count: uint(40),
  until: uint(40),
  signature: hexBytes(65),
});

export const readClosingAnswer = objectOf<ClosingAnswer>({ signature: hexBytes(65) });

/** What a node's client can ask about batches. */
export interface NodeBatchCalls {
  /** Orders a receipt and gets the answer at once. The input must be there. Its signature is the caller's to check. */
  orderReceipt: (order: BatchOrder & NodeCallOptions) => Promise<BatchAnswer>;
  /** The document of a request whose batch is posted. */
  getReceipt: (
    parameters: { requestId: RequestId } & NodeCallOptions,
  ) => Promise<BatchReceiptDocument>;
  /** The leaves of a batch by position. The caller checks them against the root. */
  getBatchLeaves: (parameters: { root: Hex32 } & NodeCallOptions) => Promise<Hex32[]>;
  /** A page of a batch's receipts. The caller checks them against their leaves. */
  getBatchReceipts: (
    parameters: { root: Hex32; from: number } & NodeCallOptions,
  ) => Promise<BatchReceipt[]>;
  /** Hands in the signature of a seat of the batch's committee; says how many there are. */
  putCountersignature: (
    parameters: { root: Hex32 } & SeatSignature & NodeCallOptions,
  ) => Promise<number>;
  /** Has the node sign a closing that the channel's signer has signed. */
  orderClosing: (order: ClosingOrder & NodeCallOptions) => Promise<Hex>;
}

/** The calls about batches, at the paths that `resolve` makes. */
export function batchCalls(
  resolve: (path: string) => URL,
  limits: Omit<TransferOptions, "signal">,
): NodeBatchCalls {
  return {
    async orderReceipt({ signal, ...order }) {
      const url = resolve("receipts");
      const call = { method: "POST", body: order } as const;
      const answer = await transfer(url, call, readBatchAnswer, { ...limits, signal });
      if (commitOutput(answer.output) !== answer.result.outputCommitment) {
        throw new NodeContentMismatchError(url.href, "output commitment");
      }
      return answer;
    },

    async getReceipt({ requestId, signal }) {
      const url = resolve(`receipts/${requestId}`);
      const options = { ...limits, signal };
      const found = await transfer(url, { method: "GET" }, readBatchReceiptDocument, options);
      if (found.requestId !== requestId.toLowerCase()) {
        throw new NodeContentMismatchError(url.href, "request id");
      }
      return found;
    },

    async getBatchLeaves({ root, signal }) {
      const url = resolve(`batches/${root}`);
      const options = { ...limits, signal };
      return (await transfer(url, { method: "GET" }, readBatchLeaves, options)).leaves;
    },

    async getBatchReceipts({ root, from, signal }) {
      const url = resolve(`batches/${root}/receipts?from=${from}`);
      const options = { ...limits, signal };
      return (await transfer(url, { method: "GET" }, readBatchPage, options)).receipts;
    },

    async putCountersignature({ root, signal, ...body }) {
      const url = resolve(`batches/${root}/signatures`);
      const options = { ...limits, signal };
      const call = { method: "POST", body } as const;
      return (await transfer(url, call, readSignatureCount, options)).signatures;
    },

    async orderClosing({ signal, ...body }) {
      const call = { method: "POST", body } as const;
      const options = { ...limits, signal };
      return (await transfer(resolve("closings"), call, readClosingAnswer, options)).signature;
    },
  };
}
