// SPDX-License-Identifier: MIT
// What `BatchJudge` says about receipts from header, parts and receipts alone. Signatures and evidence, which need the chain
// or time, are judged by whoever has them.
import { isAddressEqual, zeroAddress } from "viem";

import {
  type BatchHeader,
  type BatchPart,
  type BatchPlace,
  type BatchReceipt,
  type BatchTotals,
  Fault,
  hashPart,
} from "./batch.ts";
import { Evidence, hasEvidence, includesEvidence, toEvidenceSet } from "./evidence.ts";
import { fee } from "./fees.ts";
import { ZERO_HEX32 } from "./ids.ts";
import { merkleProof } from "./merkle.ts";
import type { Model } from "./model.ts";

/** What receipts of a model keep to. */
export type BatchTerms = Pick<
  Model,
  "paths" | "unitsPerInference" | "teeWindow" | "bond" | "valueCap"
>;

/** Sums before the first receipt. */
export const NO_TOTALS: BatchTotals = {
  charge: 0n,
  provenCharge: 0n,
  provenValue: 0n,
  claimBond: 0n,
};

/** The part that owns a position; undefined if the parts end before it. */
export function partAt(parts: readonly BatchPart[], position: number): BatchPart | undefined {
  return parts.find(
    ({ start, fromCount, toCount }) => position >= start && position < start + toCount - fromCount,
  );
}

/** The part that owns a position, with its proof; undefined if the parts end before it. */
export function placeAt(parts: readonly BatchPart[], position: number): BatchPlace | undefined {
  const part = partAt(parts, position);
  if (part === undefined) return undefined;
  return { part, proof: merkleProof(parts.map(hashPart), parts.indexOf(part)) };
}

/** Whether the voucher of a part was refused. */
export function isRefused({ signer }: BatchPart): boolean {
  return isAddressEqual(signer, zeroAddress);
}

/** What a receipt costs, token units. */
export function chargeOf({ request, units }: Pick<BatchReceipt, "request" | "units">): bigint {
  return fee({ units, unitPrice: request.unitPrice, maxFee: request.maxFee });
}

/** The sums up to and with a receipt. */
export function addToTotals(
  before: BatchTotals,
  receipt: Pick<BatchReceipt, "request" | "units" | "kind">,
  { bond }: Pick<BatchTerms, "bond">,
): BatchTotals {
  const charge = chargeOf(receipt);
  const { declaredValue } = receipt.request;
  const proven = receipt.kind !== Evidence.VANILLA;
  return {
    charge: before.charge + charge,
    provenCharge: before.provenCharge + (proven ? charge : 0n),
    provenValue: before.provenValue + (proven ? declaredValue : 0n),
    claimBond: before.claimBond + (proven ? 0n : bond + declaredValue),
  };
}

/** Whether two sums are the same. */
function isSame(a: BatchTotals, b: BatchTotals): boolean {
  return (
    a.charge === b.charge &&
    a.provenCharge === b.provenCharge &&
    a.provenValue === b.provenValue &&
    a.claimBond === b.claimBond
  );
}

export interface JudgedReceipt {
  header: BatchHeader;
  /** That the position belongs to. */
  part: BatchPart;
  position: number;
  receipt: BatchReceipt;
  /** The sums up to the receipt before; undefined if that receipt is not known. */
  before: BatchTotals | undefined;
  terms: BatchTerms;
}

/** Whether the receipt is another client's, index', node's, model's or data node's than its position. */
export function isMisplaced({ header, part, position, receipt }: JudgedReceipt): boolean {
  const { request, index } = receipt;
  return !(
    isAddressEqual(request.client, part.client) &&
    index === part.fromCount + position - part.start &&
    isAddressEqual(request.node, header.node) &&
    request.modelId === header.modelId &&
    isAddressEqual(request.dataNode, header.dataNode) &&
    isAddressEqual(request.dataNode, zeroAddress) === (request.dataCommitment === ZERO_HEX32)
  );
}

/** Whether evidence, declared value and date are what request and model demand. */
export function meetsRequirements({ header, receipt, terms }: JudgedReceipt): boolean {
  const { request } = receipt;
  const kind = toEvidence(receipt.kind);
  return (
    kind !== undefined &&
    hasEvidence(terms.paths, kind) &&
    includesEvidence(toEvidenceSet([Evidence.VANILLA, kind]), request.requiredEvidence) &&
    (kind !== Evidence.TEE || terms.teeWindow === 0) &&
    request.declaredValue <= terms.valueCap &&
    header.postedAt < request.proveBy
  );
}

/** Whether the sums do not go on from the receipt before, or end elsewhere than part or batch. */
export function sumsWrongly(judged: JudgedReceipt): boolean {
  const { header, part, position, receipt, terms } = judged;
  const { totals } = receipt;
  const before = position === 0 ? NO_TOTALS : judged.before;
  if (before !== undefined && !isSame(totals, addToTotals(before, receipt, terms))) return true;

  const { start, charge } = part;
  const isLastOfPart = position + 1 === start + part.toCount - part.fromCount;
  if (isLastOfPart && totals.charge !== charge + part.toCharge - part.fromCharge) return true;
  return (
    position + 1 === header.count &&
    (totals.provenCharge !== header.provenCharge ||
      totals.provenValue !== header.provenValue ||
      totals.claimBond !== header.claimBond)
  );
}

/** The first fault that header, parts and receipts alone show, if there is one. In a refused part only the sums count. */
export function formalFaultOf(judged: JudgedReceipt): Fault | undefined {
  const { part, receipt, terms } = judged;
  if (!isRefused(part)) {
    if (isMisplaced(judged)) return Fault.MISPLACED;
    if (terms.unitsPerInference !== 0 && receipt.units !== terms.unitsPerInference)
      return Fault.MISMETERED;
    if (!meetsRequirements(judged)) return Fault.REQUIREMENT;
  }
  return sumsWrongly(judged) ? Fault.WRONG_SUM : undefined;
}

/** The ABI gives enums as numbers. */
function toEvidence(kind: number): Evidence | undefined {
  return Object.values(Evidence).find((known) => known === kind);
}
