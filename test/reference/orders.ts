// SPDX-License-Identifier: MIT
// Orders that settle without a record, alone or many at once, as IOrderSettler has it.
import { type Address, type Hex, zeroAddress } from "viem";

import {
  Evidence,
  hashResults,
  hasEvidence,
  merkleRoot,
  NO_EVIDENCE,
  type Request,
  type Result,
  toEvidenceSet,
  Role,
} from "../../src/protocol/index.ts";
import { checkDate, credit, debit, type Reserve } from "./accounts.ts";
import { bondOf, checkRequest, checkUnits, feeOf, termsOf } from "./admission.ts";
import { divide, earn } from "./earnings.ts";
import { type Brought, counts, type Piece, proves } from "./evidence.ts";
import { digestOf, idOf } from "./ids.ts";
import { type Claim, keyOf, type Ledger } from "./ledger.ts";
import { type ErrorName, Refusal, refuseIf } from "./refusal.ts";
import { admit, deliver } from "./requests.ts";
import type { Rules, Terms } from "./rules.ts";
import { lock } from "./stake.ts";
import { isFinalAtOnce } from "./time.ts";

/** Nonces that one reservation can tell apart. */
const NONCE_WINDOW = 80;
const LARGEST_NONCE = 2n ** 40n - 1n;

export function reserve(rules: Rules, ledger: Ledger, by: Address, command: Reserve): void {
  const { node, amount, until, signer } = command;
  const key = keyOf(by, node, signer);
  const before = ledger.reserved.get(key) ?? newReservation();
  refuseIf(ledger.paused, "EnforcedPause");
  refuseIf(amount === 0n, "AmountZero");
  refuseIf(signer === zeroAddress, "AccountZero");
  refuseIf(rules.nodes.get(node)?.role !== Role.INFERENCE, "NodeInactive");
  checkDate(rules, ledger, until);
  refuseIf(before.until > until, "ReservationDateInvalid");
  debit(ledger, by, amount);
  credit(ledger, rules.contracts.orders, amount);
  ledger.reserved.set(key, { ...before, amount: before.amount + amount, until });
}

const newReservation = () => ({ amount: 0n, until: 0, first: 0, used: new Set<number>() });

export function release(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { node, signer }: { node: Address; signer: Address },
): void {
  const key = keyOf(by, node, signer);
  const { amount, until } = ledger.reserved.get(key) ?? newReservation();
  refuseIf(ledger.time < until + rules.market.longestOrder, "ReservationActive");
  refuseIf(amount === 0n, "AmountZero");
  ledger.reserved.delete(key);
  debit(ledger, rules.contracts.orders, amount);
  credit(ledger, by, amount);
}

/** A request that `signer` signed, with the caller's result. */
export interface Order {
  request: Request;
  signer: Address;
  outputCommitment: Hex;
  units: number;
  kind: Evidence;
}

/** Whether it leaves no record: no contract relies on it, and nothing but a window can still come. */
function settlesAlone({ request, kind }: Order, terms: Terms): boolean {
  if (request.consumer !== zeroAddress) return false;
  if (kind === Evidence.VANILLA) return request.requiredEvidence === NO_EVIDENCE;
  const present = toEvidenceSet([Evidence.VANILLA, kind]);
  return isFinalAtOnce(present, request.requiredEvidence, terms);
}

function checkOrder(rules: Rules, ledger: Ledger, by: Address, order: Order, terms: Terms): void {
  refuseIf(order.request.node !== by, "NodeMismatch");
  checkUnits(order.units, terms);
  refuseIf(!hasEvidence(terms.paths, order.kind), "PathUnavailable");
  checkRequest(rules, ledger, order.request, 0);
}

/** Takes from the reservation under the order's signer, once for each nonce. */
function drawOn(rules: Rules, ledger: Ledger, by: Address, order: Order, amount: bigint): void {
  const { client, nonce, deliverBy } = order.request;
  const key = keyOf(client, by, order.signer);
  const reserved = ledger.reserved.get(key) ?? newReservation();
  refuseIf(reserved.amount < amount, "ReservationExceeded");
  refuseIf(deliverBy > reserved.until + rules.market.longestOrder, "ReservationTooShort");
  refuseIf(nonce > LARGEST_NONCE, "NonceTooLarge");
  const place = Number(nonce);
  refuseIf(place < reserved.first || reserved.used.has(place), "NonceUsed");
  reserved.amount -= amount;
  reserved.used.add(place);
  // One above the window moves it up: what it leaves behind is void.
  reserved.first = Math.max(reserved.first, place - NONCE_WINDOW + 1);
}

const resultOf = ({ outputCommitment, units }: Order, node: Address): Result => ({
  outputCommitment,
  units,
  node,
});

const broughtBy = (by: Address, order: Order, evidence: Piece): Brought => ({
  request: order.request,
  result: resultOf(order, by),
  kind: order.kind,
  evidence,
});

function isProved(rules: Rules, ledger: Ledger, brought: Brought): boolean {
  const { request, result, kind, evidence } = brought;
  if (kind === Evidence.VANILLA) return evidence.form === "empty";
  return proves(rules, ledger, request, result, kind, evidence);
}

export function settleOrder(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { order, evidence }: { order: Order; evidence: Piece },
): void {
  const { request } = order;
  const terms = termsOf(rules, request);
  const brought = broughtBy(by, order, evidence);
  if (!settlesAlone(order, terms)) {
    refuseIf(request.node !== by, "NodeMismatch");
    drawOn(rules, ledger, by, order, request.maxFee);
    debit(ledger, rules.contracts.orders, request.maxFee);
    admit(rules, ledger, request);
    return deliver(rules, ledger, rules.contracts.orders, brought);
  }
  checkOrder(rules, ledger, by, order, terms);
  refuseIf(!isProved(rules, ledger, brought), "EvidenceInvalid");
  const fee = feeOf(request, order.units);
  drawOn(rules, ledger, by, order, fee);
  if (order.kind !== Evidence.VANILLA) return payOrders(rules, ledger, by, request.dataNode, fee);
  enterClaims(ledger, request, by, [claimOf(rules, brought, terms)]);
}

/** The fee of one order, or the sum of many, is divided once. */
export function payOrders(
  rules: Rules,
  ledger: Ledger,
  node: Address,
  dataNode: Address,
  fee: bigint,
): void {
  const shares = divide(rules, fee, dataNode);
  earn(ledger, "orders", node, shares);
  const dataShares = { inference: shares.data, verification: 0n };
  if (shares.data !== 0n) earn(ledger, "orders", dataNode, dataShares);
}

const claimOf = (rules: Rules, { request, result }: Brought, terms: Terms): Claim => ({
  digest: digestOf(rules.domain, request, result),
  fee: feeOf(request, result.units),
  bond: bondOf(request, terms),
});

export const claimsKeyOf = (node: Address, { modelId, dataNode }: Request, root: Hex): string =>
  keyOf(node, modelId, dataNode, root);

function enterClaims(ledger: Ledger, alike: Request, node: Address, claims: Claim[]): void {
  const bond = claims.reduce((sum, claim) => sum + claim.bond, 0n);
  lock(ledger, node, alike.modelId, bond);
  const leaves = claims.map(({ digest }) => digest);
  const key = claimsKeyOf(node, alike, merkleRoot(leaves));
  refuseIf(ledger.claims.has(key), "ClaimsExist");
  ledger.claims.set(key, { clock: ledger.time, leaves, left: claims });
}

export interface SettleOrders {
  orders: readonly Order[];
  evidence: readonly Piece[];
  /** Over the results of those TEE orders that bring no evidence of their own. */
  shared?: { key: Address; digest: Hex };
}

/** An order of many that was skipped, and why. */
export interface Skipped {
  id: Hex;
  error: ErrorName;
}

export function settleOrders(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { orders, evidence, shared }: SettleOrders,
): Skipped[] {
  const [first] = orders;
  if (first === undefined) throw new Refusal("OrdersEmpty");
  const terms = termsOf(rules, first.request);
  refuseIf(evidence.length > orders.length, "EvidenceWithoutOrder");
  const skipped: Skipped[] = [];
  const unsigned: Hex[] = [];
  const claims: Claim[] = [];
  let paid = 0n;
  for (const [index, order] of orders.entries()) {
    const { request } = order;
    const brought = broughtBy(by, order, evidence[index] ?? { form: "empty" });
    const isShared = order.kind === Evidence.TEE && brought.evidence.form === "empty";
    if (isShared) unsigned.push(digestOf(rules.domain, request, brought.result));
    const error = errorOf(() => {
      const isLike =
        request.modelId === first.request.modelId && request.dataNode === first.request.dataNode;
      refuseIf(!isLike || !settlesAlone(order, terms), "OrderUnlike");
      checkOrder(rules, ledger, by, order, terms);
      refuseIf(!isShared && !isProved(rules, ledger, brought), "EvidenceInvalid");
      drawOn(rules, ledger, by, order, feeOf(request, order.units));
    });
    if (error !== undefined) skipped.push({ id: idOf(rules.domain, request), error });
    else if (order.kind === Evidence.VANILLA) claims.push(claimOf(rules, brought, terms));
    else paid += feeOf(request, order.units);
  }

  const isSigned =
    shared?.digest === hashResults(unsigned) &&
    counts(rules, ledger, shared.key, by, first.request.modelId);
  refuseIf(unsigned.length !== 0 && !isSigned, "SignatureInvalid");
  payOrders(rules, ledger, by, first.request.dataNode, paid);
  if (claims.length !== 0) enterClaims(ledger, first.request, by, claims);
  return skipped;
}

function errorOf(attempt: () => void): ErrorName | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.error;
    throw error;
  }
}
