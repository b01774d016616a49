// SPDX-License-Identifier: MIT
import { Evidence, type EvidenceSet, hasEvidence, includesEvidence } from "./evidence.ts";
import type { MarketParameters } from "./market.ts";
import type { Model } from "./model.ts";
import type { Request } from "./request.ts";
import type { RequestRecord } from "./state.ts";

/** The three dates of a request, unix seconds: `deliverBy < proveBy < refundAfter`. */
export type Deadlines = Pick<Request, "deliverBy" | "proveBy" | "refundAfter">;

const MINUTE = 60;

/**
 * Deadlines that the market admits: ten minutes to deliver, an hour more to prove, and the shortest refund date.
 *
 * @example
 * const request = { ...order, ...defaultDeadlines({ now: block.timestamp, parameters }) };
 */
export function defaultDeadlines(parameters: {
  /** Unix seconds, of the latest block. */
  now: number | bigint;
  parameters: Pick<MarketParameters, "challengeWindow" | "disputeWindow">;
  /** Seconds; ten minutes if not given. */
  deliverWithin?: number;
  /** Seconds after `deliverBy`; an hour if not given. */
  proveWithin?: number;
  /** Seconds, of the model; none if not given. */
  teeWindow?: number;
}): Deadlines {
  const { deliverWithin = 10 * MINUTE, proveWithin = 60 * MINUTE, teeWindow = 0 } = parameters;
  const deliverBy = Number(parameters.now) + deliverWithin;
  const proveBy = deliverBy + proveWithin;
  return {
    deliverBy,
    proveBy,
    refundAfter: earliestRefund(proveBy, parameters.parameters, teeWindow),
  };
}

/** The earliest `refundAfter` that admission accepts: both windows and a dispute fit behind `proveBy`. */
export function earliestRefund(
  proveBy: number,
  parameters: Pick<MarketParameters, "challengeWindow" | "disputeWindow">,
  teeWindow = 0,
): number {
  return proveBy + parameters.challengeWindow + teeWindow + parameters.disputeWindow;
}

/** Seconds that a result with this evidence stays challengeable; zero: it is final at once. */
export function windowOf(
  evidence: EvidenceSet,
  parameters: Pick<MarketParameters, "challengeWindow">,
  model: Pick<Model, "teeWindow">,
): number {
  if (hasEvidence(evidence, Evidence.ZKML)) return 0;
  return hasEvidence(evidence, Evidence.TEE) ? model.teeWindow : parameters.challengeWindow;
}

/**
 * When a delivered result becomes final unchallenged, unix seconds; zero while required evidence is missing.
 * Challengeable before, finalisable from then on.
 */
export function finalAt(parameters: {
  record: Pick<RequestRecord, "clock" | "evidence">;
  requiredEvidence: EvidenceSet;
  parameters: Pick<MarketParameters, "challengeWindow">;
  model: Pick<Model, "teeWindow">;
}): number {
  const { record, requiredEvidence, model } = parameters;
  if (!includesEvidence(record.evidence, requiredEvidence)) return 0;
  return record.clock + windowOf(record.evidence, parameters.parameters, model);
}
