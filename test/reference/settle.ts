// SPDX-License-Identifier: MIT
// How a request in the market ends: paid, refunded, rescued.
import type { Address } from "viem";

import {
  Evidence,
  hasEvidence,
  includesEvidence,
  type Request,
  type Result,
  State,
  toEvidenceSet,
} from "../../src/protocol/index.ts";
import { credit } from "./accounts.ts";
import { bondOf, checkUnits, feeOf, termsOf } from "./admission.ts";
import { divide, earn, payoutOf } from "./earnings.ts";
import { entryIn, store } from "./entries.ts";
import { type Brought, canCome, checkEvidence } from "./evidence.ts";
import { idOf, isSameResult } from "./ids.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { Refusal, refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import { isServing, slash, unlock } from "./stake.ts";
import { isFinalAtOnce, windowEndOf } from "./time.ts";

interface Delivered {
  request: Request;
  result: Result;
}

/** What the market holds for the request. */
export function escrowOf(entry: Entry): bigint {
  if (!entry.holdsFeeOnly) return entry.request.maxFee;
  return feeOf(entry.request, entry.result?.units ?? 0);
}

/** Ends as FINAL: everybody has their share, and the node its bond. */
export function payOut(rules: Rules, ledger: Ledger, entry: Entry, bond: bigint): void {
  const { request } = entry;
  const result = entry.result as Result;
  const fee = feeOf(request, result.units);
  const shares = divide(rules, fee, request.dataNode);
  earn(ledger, "market", result.node, shares);
  if (shares.data !== 0n) credit(ledger, payoutOf(rules, request.dataNode), shares.data);
  credit(ledger, request.client, escrowOf(entry) - fee);
  if (bond !== 0n) unlock(ledger, result.node, request.modelId, bond);
  entry.state = State.FINAL;
}

/** Ends as REFUNDED: the client has its escrow back. */
export function endRefunded(ledger: Ledger, entry: Entry): void {
  credit(ledger, entry.request.client, escrowOf(entry));
  entry.state = State.REFUNDED;
}

export function checkResult(entry: Entry, result: Result): void {
  refuseIf(!isSameResult(entry.result, result), "ResultMismatch");
}

export function prove(rules: Rules, ledger: Ledger, brought: Brought): void {
  const { request, result, kind } = brought;
  const terms = termsOf(rules, request);
  const entry = entryIn(rules, ledger, request, State.DELIVERED);
  checkResult(entry, result);
  refuseIf(kind === Evidence.VANILLA, "EvidenceKindInvalid");
  refuseIf(hasEvidence(entry.evidence, kind), "EvidencePresent");
  const end = windowEndOf(rules, entry, terms);
  if (end === undefined) refuseIf(ledger.time >= request.proveBy, "DeadlinePassed");
  else refuseIf(ledger.time >= end, "WindowClosed");
  checkEvidence(rules, ledger, brought, terms);

  entry.evidence |= toEvidenceSet([kind]);
  entry.clock = ledger.time;
  if (isFinalAtOnce(entry.evidence, request.requiredEvidence, terms))
    payOut(rules, ledger, entry, bondOf(request, terms));
}

export function finalize(rules: Rules, ledger: Ledger, { request, result }: Delivered): void {
  const entry = entryIn(rules, ledger, request, State.DELIVERED);
  checkResult(entry, result);
  const terms = termsOf(rules, request);
  const end = windowEndOf(rules, entry, terms);
  if (end === undefined) throw new Refusal("WindowNotStarted");
  refuseIf(ledger.time < end, "WindowOpen");
  payOut(rules, ledger, entry, bondOf(request, terms));
}

/** The late node's bond is shared: half to the rescuer, the rest burned. */
export function rescue(rules: Rules, ledger: Ledger, by: Address, brought: Brought): void {
  const { request, result, kind } = brought;
  const entry = entryIn(rules, ledger, request, State.ASSIGNED);
  refuseIf(ledger.time < request.deliverBy, "DeadlinePending");
  refuseIf(ledger.time >= request.proveBy, "DeadlinePassed");
  const late = entry.assigned as Address;
  refuseIf(result.node !== by || by === late, "NodeMismatch");
  refuseIf(!isServing(ledger, by, request.modelId), "NodeInactive");
  const terms = termsOf(rules, request);
  checkUnits(result.units, terms);
  refuseIf(kind === Evidence.VANILLA, "EvidenceKindInvalid");
  checkEvidence(rules, ledger, brought, terms);
  const present = toEvidenceSet([Evidence.VANILLA, kind]);
  const isFinal = isFinalAtOnce(present, request.requiredEvidence, terms);
  refuseIf(!isFinal, "EvidenceInsufficient");

  const bond = bondOf(request, terms);
  const reward = bond / 2n;
  slash(rules, ledger, { node: late, modelId: request.modelId }, bond, reward);
  credit(ledger, payoutOf(rules, by), reward);
  credit(ledger, request.client, request.maxFee);
  store(ledger, entry, result, present);
  entry.state = State.FINAL;
}

/** Lateness costs the bond, unless what is missing can come from nobody any more. */
export function refund(rules: Rules, ledger: Ledger, { request, result }: Delivered): void {
  const entry = ledger.entries.get(idOf(rules.domain, request));
  const isDelivered = entry?.state === State.DELIVERED;
  const isOpen = entry?.state === State.OPEN;
  const isProved = includesEvidence(entry?.evidence ?? 0, request.requiredEvidence);
  const isWaiting = isOpen || entry?.state === State.ASSIGNED || (isDelivered && !isProved);
  if (entry === undefined || !isWaiting) throw new Refusal("StateMismatch");
  if (isDelivered) checkResult(entry, result);
  const deadline = isDelivered ? request.proveBy : request.deliverBy;
  const missing = request.requiredEvidence & ~entry.evidence;
  const isPossible = canCome(ledger, request.modelId, missing);
  refuseIf(isPossible && ledger.time < deadline, "DeadlinePending");

  endRefunded(ledger, entry);
  if (isOpen) return;
  const node = (isDelivered ? result.node : entry.assigned) as Address;
  const bond = bondOf(request, termsOf(rules, request));
  if (isPossible) slash(rules, ledger, { node, modelId: request.modelId }, bond, 0n);
  else unlock(ledger, node, request.modelId, bond);
}
