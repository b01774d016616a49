// SPDX-License-Identifier: MIT
/** Owns what a verification node gets of a batch: its vouchers from the chain, its receipts from its node, checked by the root. */
import { decodeFunctionData, hashTypedData } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import { getEndpoint } from "../../client/actions/getEndpoint.ts";
import { nodeClient } from "../../client/node/nodeClient.ts";
import {
  batchDomain,
  type BatchOpening,
  type BatchPart,
  batchProofs,
  type BatchReceipt,
  batchRoot,
  hashPart,
  hashReceipt,
  voucherTypedData,
} from "../../protocol/batch.ts";
import { toSignature } from "../../protocol/compact-signature.ts";
import { BaseError } from "../../protocol/errors.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { merkleRoot } from "../../protocol/merkle.ts";
import { readTransaction } from "../../verifier/chainReads.ts";
import { recoverSigner } from "../../verifier/signature.ts";
import type { Chain } from "../chain.ts";
import { BatchWithheldError } from "../errors.ts";
import { partsOf } from "./assembly.ts";
import type { TrackedBatch } from "./batch-book.ts";

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 8 * 1024 * 1024;

/** What could be had of a batch. */
export interface FetchedBatch {
  parts: readonly BatchPart[];
  /** By position; undefined where the node gave none, or another. */
  receipts: readonly (BatchReceipt | undefined)[];
  /** Undefined if the node does not give those of the root. */
  leaves: readonly Hex32[] | undefined;
}

/**
 * The parts, from the calldata of the transaction that posted the batch.
 *
 * @throws {BatchWithheldError} if it is no direct call of the settler.
 */
export async function readParts(chain: Chain, batch: TrackedBatch): Promise<BatchPart[]> {
  const { client, deployment } = chain;
  const { header, refused, transactionHash } = batch;
  const { input } = await readTransaction(client, transactionHash);
  const { functionName, args } = decodeFunctionData({ abi: batchSettlerAbi, data: input });
  if (functionName !== "post") throw new BatchWithheldError(header.count, header.count);
  const { chainId, batchSettler: settler } = deployment;
  const [, vouchers] = args;
  const signers = await Promise.all(
    vouchers.map(async (voucher, place) => {
      if (refused.has(place)) return header.node;
      const { client: owner, toCount: count, maxCharge } = voucher;
      const message = { client: owner, node: header.node, count, maxCharge };
      const typedData = voucherTypedData(batchDomain({ chainId, settler }), message);
      return recoverSigner(hashTypedData(typedData), toSignature(voucher), "voucher's signature");
    }),
  );
  const parts = partsOf(vouchers, signers, refused);
  if (merkleRoot(parts.map(hashPart)) !== header.partsRoot)
    throw new BatchWithheldError(header.count, header.count);
  return parts;
}

/** Asks the batch's node for all of its receipts. A node that does not answer gives none. */
export async function fetchBatch(
  chain: Chain,
  batch: TrackedBatch,
  signal: AbortSignal,
): Promise<FetchedBatch> {
  const { client, deployment } = chain;
  const { header } = batch;
  const { root, count, node } = header;
  const parts = await readParts(chain, batch);
  const endpoint = await getEndpoint(client, { deployment, node });
  const receipts: (BatchReceipt | undefined)[] = Array.from({ length: count });
  try {
    const service = nodeClient({ endpoint, timeout: TIMEOUT_MS, maxBytes: MAX_BYTES });
    const leaves = await service.getBatchLeaves({ root, signal });
    if (leaves.length !== count || batchRoot(leaves) !== root)
      return { parts, receipts, leaves: undefined };
    for (let from = 0; from < count;) {
      const page = await service.getBatchReceipts({ root, from, signal });
      for (const [place, receipt] of page.entries()) {
        const position = from + place;
        if (hashReceipt(receipt) === leaves[position]) receipts[position] = receipt;
      }
      // What a page leaves out is asked for alone no more: the node has said what it gives.
      if (page.length === 0) break;
      from += page.length;
    }
    return { parts, receipts, leaves };
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    return { parts, receipts, leaves: undefined };
  }
}

/** Positions of receipts that could not be had. */
export function missingIn({ receipts }: FetchedBatch): number[] {
  return [...receipts.keys()].filter((position) => receipts[position] === undefined);
}

/** Receipts with their proofs, by position: made at once, since all share the tree. */
export function openingsOf(
  { receipts, leaves }: FetchedBatch,
  positions: readonly number[],
): BatchOpening[] {
  if (leaves === undefined) return [];
  const proofs = batchProofs(leaves);
  return positions.flatMap((position) => {
    const [receipt, proof] = [receipts[position], proofs[position]];
    return receipt === undefined || proof === undefined ? [] : [{ position, receipt, proof }];
  });
}
