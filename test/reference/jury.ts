// SPDX-License-Identifier: MIT
// A drawn juror commits to what it computed, then opens it.
import { type Address, encodeAbiParameters, type Hex, keccak256, parseAbiParameters } from "viem";

import type { Request } from "../../src/protocol/index.ts";
import { undecided } from "./disputes.ts";
import { idOf, isSameResult } from "./ids.ts";
import type { DisputeEntry, Ledger, Vote } from "./ledger.ts";
import { Refusal, refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";

const VOTE = parseAbiParameters("uint256, address, address, bytes32, bytes32, uint40, bytes32");

/** What a juror computed. */
export interface Opinion {
  request: Request;
  outputCommitment: Hex;
  units: number;
  salt: Hex;
}

export function voteCommitmentOf(
  { domain, contracts }: Rules,
  juror: Address,
  { request, outputCommitment, units, salt }: Opinion,
): Hex {
  const chainId = BigInt(domain.chainId);
  const id = idOf(domain, request);
  const words = [chainId, contracts.court, juror, id, outputCommitment, units, salt] as const;
  return keccak256(encodeAbiParameters(VOTE, words));
}

function voteOf(dispute: DisputeEntry, juror: Address): Vote {
  refuseIf(dispute.jury.size === 0, "JuryNotDrawn");
  const vote = dispute.jury.get(juror);
  if (vote === undefined) throw new Refusal("JurorNotDrawn");
  return vote;
}

export function commitVote(
  rules: Rules,
  ledger: Ledger,
  by: Address,
  { request, commitment }: { request: Request; commitment: Hex },
): void {
  const dispute = undecided(ledger, idOf(rules.domain, request));
  const vote = voteOf(dispute, by);
  refuseIf(ledger.time >= dispute.evidenceBy, "DisputeDeadlinePassed");
  refuseIf(vote.commitment !== undefined, "VoteAlreadyCommitted");
  vote.commitment = commitment;
}

export function revealVote(rules: Rules, ledger: Ledger, by: Address, opinion: Opinion): void {
  const id = idOf(rules.domain, opinion.request);
  const dispute = undecided(ledger, id);
  const vote = voteOf(dispute, by);
  refuseIf(ledger.time < dispute.evidenceBy, "DisputeDeadlinePending");
  refuseIf(ledger.time >= dispute.revealBy, "DisputeDeadlinePassed");
  refuseIf(vote.commitment === undefined, "VoteUncommitted");
  refuseIf(vote.revealed, "VoteAlreadyRevealed");
  refuseIf(voteCommitmentOf(rules, by, opinion) !== vote.commitment, "VoteMismatch");
  vote.revealed = true;
  const { outputCommitment, units } = opinion;
  const result = { outputCommitment, units, node: dispute.node };
  vote.upheld = isSameResult(ledger.entries.get(id)?.result, result);
}
