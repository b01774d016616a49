// SPDX-License-Identifier: MIT
// Challenges of delivered results in the market, and their verdicts.
import {
  type Address,
  encodeAbiParameters,
  type Hex,
  keccak256,
  parseAbiParameters,
  zeroAddress,
} from "viem";

import {
  Evidence,
  hasEvidence,
  type Request,
  type Result,
  State,
  toEvidenceSet,
  Verdict,
} from "../../src/protocol/index.ts";
import { credit, debit } from "./accounts.ts";
import { bondOf, checkUnits, termsOf } from "./admission.ts";
import { draw } from "./draw.ts";
import { hashOf, payoutOf, shareDown } from "./earnings.ts";
import { entryIn } from "./entries.ts";
import { canCome, type Piece, proves } from "./evidence.ts";
import { idOf, isSameResult } from "./ids.ts";
import type { DisputeEntry, Ledger } from "./ledger.ts";
import { Refusal, refuseIf } from "./refusal.ts";
import type { Rules } from "./rules.ts";
import { checkResult, endRefunded, escrowOf, payOut } from "./settle.ts";
import { slash, slashJuror, unlock } from "./stake.ts";
import { windowEndOf } from "./time.ts";

const BPS = 10_000;
const COMMITMENT = parseAbiParameters(
  "uint256, address, address, bytes32, (bytes32 outputCommitment, uint40 units, address node), bytes32",
);
const SEED = parseAbiParameters("bytes32, bytes32");

export interface Challenge {
  request: Request;
  result: Result;
  /** What the challenger says is right. */
  claim: Result;
  salt: Hex;
}

/** What hides a challenge until it is opened. */
export function commitmentOf(
  { domain, contracts }: Rules,
  challenger: Address,
  { request, claim, salt }: Omit<Challenge, "result">,
): Hex {
  const chainId = BigInt(domain.chainId);
  const id = idOf(domain, request);
  const words = [chainId, contracts.court, challenger, id, claim, salt] as const;
  return keccak256(encodeAbiParameters(COMMITMENT, words));
}

export function commitChallenge(ledger: Ledger, { commitment }: { commitment: Hex }): void {
  refuseIf(ledger.commitments.has(commitment), "ChallengeCommitmentExists");
  ledger.commitments.set(commitment, ledger.block);
}

export function challenge(rules: Rules, ledger: Ledger, by: Address, command: Challenge): void {
  const { request, result, claim } = command;
  const { challengeBond, proveWindow, commitWindow, revealWindow, seedDelay } = rules.court;
  const commitment = commitmentOf(rules, by, command);
  refuseIf(!ledger.commitments.delete(commitment), "ChallengeUncommitted");
  refuseIf(claim.node !== result.node, "NodeMismatch");
  refuseIf(by === result.node, "ChallengeBySelf");
  refuseIf(isSameResult(claim, result), "ChallengeClaimEqual");
  const terms = termsOf(rules, request);
  debit(ledger, by, challengeBond);
  const entry = entryIn(rules, ledger, request, State.DELIVERED);
  checkResult(entry, result);
  const end = windowEndOf(rules, entry, terms);
  if (end === undefined) throw new Refusal("WindowNotStarted");
  refuseIf(ledger.time >= end, "WindowClosed");

  ledger.bonds += challengeBond;
  entry.state = State.DISPUTED;
  const arbiter = arbiterOf(terms.paths);
  const isJury = arbiter === Evidence.VANILLA;
  const evidenceBy = ledger.time + (isJury ? commitWindow : proveWindow);
  ledger.disputes.set(idOf(rules.domain, request), {
    challenger: by,
    node: result.node,
    arbiter,
    verdict: Verdict.NONE,
    openedAt: ledger.time,
    evidenceBy,
    revealBy: isJury ? evidenceBy + revealWindow : 0,
    seedBlock: isJury ? ledger.block + seedDelay : 0,
    jury: new Map(),
  });
}

/** The strongest thing that the model has. */
function arbiterOf(paths: number): Evidence {
  if (hasEvidence(paths, Evidence.ZKML)) return Evidence.ZKML;
  return hasEvidence(paths, Evidence.TEE) ? Evidence.TEE : Evidence.VANILLA;
}

export function undecided(ledger: Ledger, id: Hex): DisputeEntry {
  const dispute = ledger.disputes.get(id);
  if (dispute === undefined) throw new Refusal("DisputeUnknown");
  refuseIf(dispute.verdict !== Verdict.NONE, "DisputeDecided");
  return dispute;
}

export interface Decide {
  request: Request;
  result: Result;
  proved: Result;
  evidence: Piece;
}

/** Evidence for some result of the request: that the node's is right, or another. */
export function decide(rules: Rules, ledger: Ledger, command: Decide): void {
  const { request, result, proved, evidence } = command;
  const dispute = undecided(ledger, idOf(rules.domain, request));
  refuseIf(dispute.arbiter === Evidence.VANILLA, "ArbiterMismatch");
  refuseIf(ledger.time >= dispute.evidenceBy, "DisputeDeadlinePassed");
  checkUnits(proved.units, termsOf(rules, request));
  const isProved = proves(rules, ledger, request, proved, dispute.arbiter, evidence);
  refuseIf(!isProved, "DecidingEvidenceInvalid");
  const isUpheld = isSameResult({ ...proved, node: result.node }, result);
  resolve(rules, ledger, command, dispute, isUpheld ? Verdict.UPHELD : Verdict.REJECTED);
}

export function drawJury(rules: Rules, ledger: Ledger, { request }: { request: Request }): void {
  const id = idOf(rules.domain, request);
  const dispute = undecided(ledger, id);
  refuseIf(dispute.arbiter !== Evidence.VANILLA, "ArbiterMismatch");
  refuseIf(dispute.jury.size !== 0, "JuryAlreadyDrawn");
  refuseIf(ledger.time >= dispute.evidenceBy, "DisputeDeadlinePassed");
  refuseIf(ledger.block <= dispute.seedBlock, "JurySeedPending");
  const hash = hashOf(ledger, dispute.seedBlock);
  if (hash === undefined) throw new Refusal("JurySeedUnreachable");
  const seed = keccak256(encodeAbiParameters(SEED, [hash, id]));
  const operatorOf = (node: Address) => rules.nodes.get(node)?.operator ?? zeroAddress;
  const parties = [operatorOf(dispute.node), operatorOf(dispute.challenger), dispute.challenger];
  for (const juror of draw(rules, seed, rules.court.jurySize, parties))
    dispute.jury.set(juror, { revealed: false, upheld: false });
}

/** Without deciding evidence the node loses, unless nobody can bring any; a jury decides by its majority. */
export function conclude(
  rules: Rules,
  ledger: Ledger,
  command: { request: Request; result: Result },
): void {
  const dispute = undecided(ledger, idOf(rules.domain, command.request));
  const isJury = dispute.arbiter === Evidence.VANILLA;
  const votes = [...dispute.jury.values()].filter(({ revealed }) => revealed);
  const isComplete = votes.length !== 0 && votes.length === dispute.jury.size;
  const end = isJury ? dispute.revealBy : dispute.evidenceBy;
  refuseIf(!isComplete && ledger.time < end, "DisputeDeadlinePending");
  const upheld = votes.filter((vote) => vote.upheld).length;
  const half = Math.floor(rules.court.jurySize / 2);
  const canBeProved = canCome(ledger, command.request.modelId, toEvidenceSet([dispute.arbiter]));
  let verdict: Verdict = Verdict.UNDECIDED;
  if (isJury && upheld > half) verdict = Verdict.UPHELD;
  else if (isJury ? votes.length - upheld > half : canBeProved) verdict = Verdict.REJECTED;
  resolve(rules, ledger, command, dispute, verdict);
}

function resolve(
  rules: Rules,
  ledger: Ledger,
  { request, result }: { request: Request; result: Result },
  dispute: DisputeEntry,
  verdict: Verdict,
): void {
  const entry = entryIn(rules, ledger, request, State.DISPUTED);
  checkResult(entry, result);
  const { challengeBond, burnBps } = rules.court;
  const keptBps = BPS - burnBps;
  const { modelId } = request;
  const bond = bondOf(request, termsOf(rules, request));
  dispute.verdict = verdict;
  ledger.bonds -= challengeBond;
  if (verdict === Verdict.UPHELD) {
    const kept = shareDown(challengeBond, keptBps);
    ledger.burned += challengeBond - kept;
    const shared = settleJury(rules, ledger, dispute, kept);
    credit(ledger, payoutOf(rules, result.node), kept - shared);
    payOut(rules, ledger, entry, bond);
  } else if (verdict === Verdict.REJECTED) {
    const recovered = shareDown(bond, keptBps);
    slash(rules, ledger, { node: result.node, modelId }, bond, recovered);
    credit(ledger, request.client, escrowOf(entry));
    const shared = settleJury(rules, ledger, dispute, recovered);
    credit(ledger, dispute.challenger, challengeBond + recovered - shared);
    entry.state = State.REJECTED;
  } else {
    unlock(ledger, result.node, modelId, bond);
    endRefunded(ledger, entry);
    settleJury(rules, ledger, dispute, 0n);
    credit(ledger, dispute.challenger, challengeBond);
  }
}

/** Half of the spoils is the majority's, in equal shares; silent jurors pay. Yields what the majority got. */
function settleJury(rules: Rules, ledger: Ledger, dispute: DisputeEntry, spoils: bigint): bigint {
  const isUpheld = dispute.verdict === Verdict.UPHELD;
  const all = [...dispute.jury];
  const majority = all.filter(([, vote]) => vote.revealed && vote.upheld === isUpheld);
  const share = majority.length === 0 ? 0n : spoils / 2n / BigInt(majority.length);
  for (const [juror] of majority) credit(ledger, payoutOf(rules, juror), share);
  for (const [juror, { revealed }] of all) if (!revealed) slashJuror(rules, ledger, juror);
  return share * BigInt(majority.length);
}
