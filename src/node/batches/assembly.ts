// SPDX-License-Identifier: MIT
import { type Address, zeroAddress } from "viem";

import {
  type BatchHeader,
  type BatchPart,
  batchProofs,
  type BatchReceipt,
  batchRoot,
  type BatchVoucher,
  hashPart,
  hashReceipt,
} from "../../protocol/batch.ts";
import { addToTotals, type BatchTerms, NO_TOTALS } from "../../protocol/batch-judge.ts";
import { toCompactSignature } from "../../protocol/compact-signature.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { merkleRoot } from "../../protocol/merkle.ts";
import type { KeptBatch, KeptReceipt } from "./types.ts";

/** A batch with all that is made of its receipts. */
export interface Assembly {
  receipts: BatchReceipt[];
  leaves: Hex32[];
  proofs: Hex32[][];
  root: Hex32;
}

/** Sums, leaves, root and proofs of receipts in their order. */
export function assemble(kept: readonly KeptReceipt[], terms: Pick<BatchTerms, "bond">): Assembly {
  let totals = NO_TOTALS;
  const receipts = kept.map(({ order, answer, evidence = "0x" }): BatchReceipt => {
    const { request, index, signature } = order;
    const { outputCommitment, units } = answer.result;
    const { kind } = answer;
    totals = addToTotals(totals, { request, units, kind }, terms);
    const own = { outputCommitment, units, kind, evidence, totals };
    return { request, index, ...toCompactSignature(signature), ...own };
  });
  const leaves = receipts.map(hashReceipt);
  return { receipts, leaves, proofs: batchProofs(leaves), root: batchRoot(leaves) };
}

/** The parts of vouchers, in their order. */
export function partsOf(
  vouchers: readonly BatchVoucher[],
  signers: readonly Address[],
  refused: ReadonlySet<number>,
): BatchPart[] {
  let start = 0;
  let charge = 0n;
  return vouchers.map(({ client, fromCount, toCount, fromCharge, toCharge }, place) => {
    const signer = refused.has(place) ? zeroAddress : (signers[place] ?? zeroAddress);
    const part = { client, signer, fromCount, toCount, fromCharge, toCharge, start, charge };
    start += toCount - fromCount;
    charge += toCharge - fromCharge;
    return part;
  });
}

/** The header that a batch would have if it were posted now: for a look at it before. */
export function draftHeader(
  { posting, vouchers, signers }: KeptBatch,
  { node, count, now }: { node: Address; count: number; now: number },
): BatchHeader {
  const { modelId, dataNode, root, provenCharge, provenValue, claimBond } = posting;
  const charge = vouchers.reduce(
    (sum, { fromCharge, toCharge }) => sum + toCharge - fromCharge,
    0n,
  );
  return {
    node,
    modelId,
    dataNode,
    root,
    partsRoot: merkleRoot(partsOf(vouchers, signers, new Set()).map(hashPart)),
    count,
    charge,
    refusedCharge: 0n,
    provenCharge,
    provenValue,
    claimBond,
    postedAt: now,
    drawBlock: 0,
  };
}
