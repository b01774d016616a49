// SPDX-License-Identifier: MIT
// The table "Evidence decides when a result is final".
import {
  Evidence,
  type EvidenceSet,
  hasEvidence,
  includesEvidence,
} from "../../src/protocol/index.ts";
import type { Entry } from "./ledger.ts";
import type { Rules, Terms } from "./rules.ts";

export function isFinalAtOnce(present: EvidenceSet, required: EvidenceSet, terms: Terms): boolean {
  if (!includesEvidence(present, required)) return false;
  if (hasEvidence(present, Evidence.ZKML)) return true;
  return hasEvidence(present, Evidence.TEE) && terms.teeWindow === 0;
}

/** Unix seconds; undefined while required evidence is missing. */
export function windowEndOf(rules: Rules, entry: Entry, terms: Terms): number | undefined {
  const { evidence, request, clock } = entry;
  if (!includesEvidence(evidence, request.requiredEvidence)) return undefined;
  if (isFinalAtOnce(evidence, request.requiredEvidence, terms)) return clock;
  const isSigned = hasEvidence(evidence, Evidence.TEE);
  return clock + (isSigned ? terms.teeWindow : rules.market.challengeWindow);
}
