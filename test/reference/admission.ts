// SPDX-License-Identifier: MIT
// What a request must be to be taken, whichever way it settles.
import { maxUint96, zeroAddress, zeroHash } from "viem";

import {
  hasEvidence,
  Evidence,
  includesEvidence,
  NO_EVIDENCE,
  PROVING_EVIDENCE,
  type Request,
  Role,
} from "../../src/protocol/index.ts";
import type { Ledger } from "./ledger.ts";
import { Refusal, refuseIf } from "./refusal.ts";
import type { Rules, Terms } from "./rules.ts";

/** Records end with their clocks. */
const YEAR_2106 = 2 ** 32;

export function termsOf(rules: Rules, request: Request): Terms {
  const terms = rules.models.get(request.modelId);
  if (terms === undefined) throw new Refusal("ModelUnknown");
  return terms;
}

export function checkRequest(
  rules: Rules,
  ledger: Ledger,
  request: Request,
  maxCallbackGas: number,
): void {
  const terms = termsOf(rules, request);
  const { deliverBy, proveBy, refundAfter, requiredEvidence: required } = request;
  const { challengeWindow, disputeWindow } = rules.market;
  const longest = challengeWindow + terms.teeWindow + disputeWindow;
  refuseIf(ledger.time >= deliverBy, "DeadlinePassed");
  const isOrdered = deliverBy < proveBy && refundAfter >= proveBy + longest;
  refuseIf(!isOrdered || refundAfter >= YEAR_2106, "DeadlinesInvalid");

  refuseIf(!includesEvidence(PROVING_EVIDENCE, required), "RequiredEvidenceInvalid");
  const hasPath =
    required === NO_EVIDENCE
      ? hasEvidence(terms.paths, Evidence.VANILLA)
      : includesEvidence(terms.paths, required);
  refuseIf(!hasPath, "PathUnavailable");
  refuseIf(request.declaredValue > terms.valueCap, "DeclaredValueAboveCap");
  refuseIf(request.maxFee > maxUint96, "MaxFeeTooHigh");

  const hasPayee = request.dataNode !== zeroAddress;
  const hasData = request.dataCommitment !== zeroHash;
  const isData = !hasPayee || rules.nodes.get(request.dataNode)?.role === Role.DATA;
  refuseIf(hasPayee !== hasData || !isData, "DataNodeInvalid");
  refuseIf(request.callbackGas > maxCallbackGas, "CallbackGasAboveCap");
}

/** What a result costs, at most `maxFee`. */
export function feeOf(request: Request, units: number): bigint {
  const metered = BigInt(units) * request.unitPrice;
  return metered < request.maxFee ? metered : request.maxFee;
}

export const bondOf = (request: Request, terms: Terms): bigint =>
  terms.bond + request.declaredValue;

export function checkUnits(units: number, terms: Terms): void {
  refuseIf(terms.units !== 0 && units !== terms.units, "UnitsMismatch");
}
