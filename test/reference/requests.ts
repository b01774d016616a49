// SPDX-License-Identifier: MIT
// The life of a request in the market, from opening to delivery.
import { type Address, zeroAddress } from "viem";

import { Evidence, type Request, State, toEvidenceSet } from "../../src/protocol/index.ts";
import { debit } from "./accounts.ts";
import { bondOf, checkRequest, checkUnits, termsOf } from "./admission.ts";
import { enter, entryIn, store } from "./entries.ts";
import { type Brought, checkEvidence } from "./evidence.ts";
import { idOf } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import { Refusal, refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import { endRefunded, payOut } from "./settle.ts";
import { isServing, lock } from "./stake.ts";
import { isFinalAtOnce } from "./time.ts";

export function open(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { request }: { request: Request },
): void {
  refuseIf(ledger.paused, "EnforcedPause");
  refuseIf(request.client !== by, "ClientMismatch");
  debit(ledger, by, request.maxFee);
  admit(rules, ledger, request);
}

/** Enters a request whose `maxFee` was taken. */
export function admit(rules: Rules, ledger: Ledger, request: Request): void {
  const id = idOf(rules.domain, request);
  refuseIf(ledger.entries.has(id), "RequestExists");
  checkRequest(rules, ledger, request, rules.market.maxCallbackGas);
  enter(ledger, id, request);
}

export function cancel(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { request }: { request: Request },
): void {
  refuseIf(request.client !== by, "ClientMismatch");
  endRefunded(ledger, entryIn(rules, ledger, request, State.OPEN));
}

export function accept(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { request }: { request: Request },
): void {
  const entry = entryIn(rules, ledger, request, State.OPEN);
  refuseIf(request.node !== zeroAddress && request.node !== by, "NodeMismatch");
  refuseIf(ledger.time >= request.deliverBy, "DeadlinePassed");
  lock(ledger, by, request.modelId, bondOf(request, termsOf(rules, request)));
  entry.state = State.ASSIGNED;
  entry.assigned = by;
}

/** Delivers a result; what its evidence does not make final at once is claimed with a bond. */
export function deliver(rules: Rules, ledger: Ledger, by: Address, brought: Brought): void {
  const { request, result, kind, evidence } = brought;
  const entry = ledger.entries.get(idOf(rules.domain, request));
  const isWaiting = entry?.state === State.OPEN || entry?.state === State.ASSIGNED;
  if (entry === undefined || !isWaiting) throw new Refusal("StateMismatch");
  const expected = entry.assigned ?? request.node;
  // The settler brings what its node gave it.
  refuseIf(result.node !== by && by !== rules.contracts.orders, "NodeMismatch");
  refuseIf(expected !== zeroAddress && expected !== result.node, "NodeMismatch");
  refuseIf(ledger.time >= request.deliverBy, "DeadlinePassed");
  const terms = termsOf(rules, request);
  checkUnits(result.units, terms);
  if (kind !== Evidence.VANILLA) checkEvidence(rules, ledger, brought, terms);
  else refuseIf(evidence.form !== "empty", "EvidenceInvalid");

  const isAssigned = entry.assigned !== undefined;
  const present = toEvidenceSet([Evidence.VANILLA, kind]);
  const isFinal = isFinalAtOnce(present, request.requiredEvidence, terms);
  // Who copies an unproved answer to an open request would be paid for it.
  refuseIf(!isFinal && expected === zeroAddress, "AssignmentRequired");
  store(ledger, entry, result, present);
  if (!isFinal) {
    entry.state = State.DELIVERED;
    if (!isAssigned) lock(ledger, result.node, request.modelId, bondOf(request, terms));
    return;
  }
  // An enclave's key was admitted for its node; a proof can be anybody's.
  const isServed = isAssigned || kind === Evidence.TEE;
  refuseIf(!isServed && !isServing(ledger, result.node, request.modelId), "NodeInactive");
  payOut(rules, ledger, entry, isAssigned ? bondOf(request, terms) : 0n);
}
