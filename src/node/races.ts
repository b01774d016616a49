// SPDX-License-Identifier: MIT
import { ContractRevertedError, TransactionRevertedError } from "../client/errors.ts";

/** Reverts which say that somebody else did it first: nothing is left to do. */
const RACES: ReadonlySet<string> = new Set([
  "AdmissionClosed",
  "BatchFaulty",
  "BatchStateMismatch",
  "ClaimsUnknown",
  "DemandAnswered",
  "DemandExists",
  "DisputeDecided",
  "EvidencePresent",
  "JuryAlreadyDrawn",
  "ReceiptVoid",
  "RegistrarVoted",
  "RequestExists",
  "StateMismatch",
  "VoteAlreadyCommitted",
  "VoteAlreadyRevealed",
]);

/** The Solidity error that refused a call, if one did. */
export function revertName(error: unknown): string | undefined {
  if (error instanceof ContractRevertedError) return error.errorName;
  return error instanceof TransactionRevertedError ? revertName(error.cause) : undefined;
}

/** Whether a call failed only because somebody else was faster. */
export function isRace(error: unknown): boolean {
  const name = revertName(error);
  return name !== undefined && RACES.has(name);
}
