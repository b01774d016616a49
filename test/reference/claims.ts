// SPDX-License-Identifier: MIT
// Claims that wait for their window under one root.
import type { Address, Hex } from "viem";

import {
  Evidence,
  merkleProof,
  type Request,
  type Result,
  State,
  toEvidenceSet,
} from "../../src/protocol/index.ts";
import { debit } from "./accounts.ts";
import { bondOf, feeOf, termsOf } from "./admission.ts";
import { enter } from "./entries.ts";
import { digestOf, idOf } from "./ids.ts";
import { type Claim, keyOf, type Ledger } from "./ledger.ts";
import { claimsKeyOf, payOrders } from "./orders.ts";
import { Refusal, refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import { unlock } from "./stake.ts";

export interface FinalizeClaims {
  node: Address;
  modelId: Hex;
  dataNode: Address;
  root: Hex;
}

export const sumOf = (claims: readonly Claim[], field: "fee" | "bond"): bigint =>
  claims.reduce((sum, claim) => sum + claim[field], 0n);

export function finalizeClaims(rules: Rules, ledger: Ledger, command: FinalizeClaims): void {
  const { node, modelId, dataNode, root } = command;
  const key = keyOf(node, modelId, dataNode, root);
  const claims = ledger.claims.get(key);
  if (claims === undefined) throw new Refusal("ClaimsUnknown");
  refuseIf(ledger.time < claims.clock + rules.market.challengeWindow, "ClaimsOpen");
  ledger.claims.delete(key);
  payOrders(rules, ledger, node, dataNode, sumOf(claims.left, "fee"));
  unlock(ledger, node, modelId, sumOf(claims.left, "bond"));
}

export interface ExtractClaim {
  request: Request;
  result: Result;
  root: Hex;
  proof: readonly Hex[];
}

/** Gives a claim an entry of its own in the market, as if it had been delivered there; its bond stays locked. */
export function extractClaim(rules: Rules, ledger: Ledger, command: ExtractClaim): void {
  const { request, result, root, proof } = command;
  const key = claimsKeyOf(request.node, request, root);
  const claims = ledger.claims.get(key);
  if (claims === undefined) throw new Refusal("ClaimsUnknown");
  refuseIf(ledger.time >= claims.clock + rules.market.challengeWindow, "ClaimsClosed");
  const digest = digestOf(rules.domain, request, result);
  const leaf = claims.leaves.indexOf(digest);
  const isIncluded = leaf >= 0 && merkleProof(claims.leaves, leaf).join() === proof.join();
  refuseIf(!isIncluded, "ClaimNotIncluded");
  const fee = feeOf(request, result.units);
  const bond = bondOf(request, termsOf(rules, request));
  // A second time the sums that are left need not hold it: checked arithmetic refuses before the market does.
  const isHeld = sumOf(claims.left, "fee") >= fee && sumOf(claims.left, "bond") >= bond;
  refuseIf(!isHeld, "Panic");
  const id = idOf(rules.domain, request);
  refuseIf(ledger.entries.has(id), "RequestExists");

  const place = claims.left.findIndex((claim) => claim.digest === digest);
  claims.left.splice(place, 1);
  if (claims.left.length === 0) ledger.claims.delete(key);
  debit(ledger, rules.contracts.orders, fee);
  const entry = enter(ledger, id, request);
  entry.state = State.DELIVERED;
  entry.evidence = toEvidenceSet([Evidence.VANILLA]);
  entry.clock = claims.clock;
  entry.result = result;
  entry.holdsFeeOnly = true;
}
