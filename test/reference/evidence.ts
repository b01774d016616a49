// SPDX-License-Identifier: MIT
// Evidence as what was done to make it; the world turns it into bytes.
import type { Address, Hex } from "viem";

import {
  Evidence,
  type EvidenceSet,
  hasEvidence,
  type Request,
  type Result,
} from "../../src/protocol/index.ts";
import { digestOf } from "./ids.ts";
import type { Ledger } from "./ledger.ts";
import { refuseIf } from "./refusal.ts";
import type { Rules, Terms } from "./rules.ts";

export type Piece =
  | { form: "empty" }
  /** An enclave's signature of this digest. */
  | { form: "signature"; key: Address; digest: Hex }
  /** A proof of what the circuit computes, made for the result with this digest. */
  | { form: "proof"; digest: Hex };

/** Whether what this key signs counts for the node's results of the model. */
export function counts(
  rules: Rules,
  ledger: Ledger,
  key: Address,
  node: Address,
  modelId: Hex,
): boolean {
  const enclave = rules.enclaves.get(key);
  return (
    enclave !== undefined &&
    enclave.node === node &&
    enclave.modelId === modelId &&
    ledger.time < enclave.expiresAt &&
    !ledger.revoked.has(modelId)
  );
}

/** Whether evidence of a proving kind proves the result. */
export function proves(
  rules: Rules,
  ledger: Ledger,
  request: Request,
  result: Result,
  kind: Evidence,
  piece: Piece,
): boolean {
  const digest = digestOf(rules.domain, request, result);
  if (piece.form === "empty" || piece.digest !== digest) return false;
  if (kind === Evidence.TEE) {
    const isSigned = piece.form === "signature";
    return isSigned && counts(rules, ledger, piece.key, result.node, request.modelId);
  }
  const { inputCommitment, outputCommitment } = rules.circuit;
  return (
    piece.form === "proof" &&
    request.inputCommitment === inputCommitment &&
    result.outputCommitment === outputCommitment
  );
}

/** A kind that the model does not offer proves nothing about it. */
export function checkEvidence(
  rules: Rules,
  ledger: Ledger,
  { request, result, kind, evidence }: Brought,
  terms: Terms,
): void {
  refuseIf(!hasEvidence(terms.paths, kind), "PathUnavailable");
  refuseIf(!proves(rules, ledger, request, result, kind, evidence), "EvidenceInvalid");
}

/** A result and what is brought with it. */
export interface Brought {
  request: Request;
  result: Result;
  kind: Evidence;
  evidence: Piece;
}

/** Whether these kinds can still come. Circuits stay; enclaves need a measurement that was not revoked. */
export function canCome(ledger: Ledger, modelId: Hex, missing: EvidenceSet): boolean {
  return !hasEvidence(missing, Evidence.TEE) || !ledger.revoked.has(modelId);
}
