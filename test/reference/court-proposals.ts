// SPDX-License-Identifier: MIT
// Challenges, and how they are decided.
import { type Hex, numberToHex } from "viem";

import { Evidence, State, Verdict } from "../../src/protocol/index.ts";
import type { Chance } from "./chance.ts";
import { commitmentOf } from "./disputes.ts";
import type { Habits } from "./habits.ts";
import { idOf } from "./ids.ts";
import { voteCommitmentOf } from "./jury.ts";
import type { Ledger } from "./ledger.ts";
import type { Proposals } from "./proposal.ts";
import type { Scene } from "./scene.ts";

export function proposeInCourt(
  scene: Scene,
  chance: Chance,
  habits: Habits,
): Proposals<
  "commitChallenge" | "challenge" | "decide" | "drawJury" | "commitVote" | "revealVote" | "conclude"
> {
  const { rules, people } = scene;
  const { domain } = rules;
  const { stranger } = people;
  const { mostly, stated, endOf, near } = habits;
  const disputed = (ledger: Ledger, isJury?: boolean) => {
    const waiting = [...ledger.disputes].filter(
      ([, { verdict, arbiter }]) =>
        verdict === Verdict.NONE &&
        (isJury === undefined || (arbiter === Evidence.VANILLA) === isJury),
    );
    const list = waiting.length > 0 && chance.happens(0.93) ? waiting : [...ledger.disputes];
    if (list.length === 0) return undefined;
    const [id, dispute] = chance.pick(list);
    const entry = ledger.entries.get(id);
    return entry && { dispute, entry, request: entry.request };
  };

  return {
    commitChallenge: (ledger) => {
      const known = chance.pickOr(scene.challenges, undefined);
      if (known !== undefined && chance.happens(0.05)) {
        const commitment = commitmentOf(rules, known.by, known.challenge);
        return { call: "commitChallenge", by: known.by, commitment };
      }
      const entry = scene.entryIn(ledger, [State.DELIVERED]);
      if (entry?.result === undefined) return undefined;
      const { request, result } = entry;
      const right = { ...result, ...scene.newResult(request, result.node) };
      const claim =
        right.units === result.units && chance.happens(0.9)
          ? {
              ...right,
              outputCommitment: scene.outputs.find((it) => it !== result.outputCommitment) as Hex,
            }
          : right;
      const salt = numberToHex(chance.between(0, 1_000_000), { size: 32 });
      const node = chance.happens(0.97) ? claim.node : stranger;
      const by = chance.happens(0.95) ? people.doubter : result.node;
      const challenge = { request, result, claim: { ...claim, node }, salt };
      scene.challenges.push({ by, challenge });
      const commitment = commitmentOf(rules, by, challenge);
      return { call: "commitChallenge", by, commitment };
    },
    challenge: (ledger) => {
      const ready = scene.challenges.filter(({ by, challenge }) =>
        ledger.commitments.has(commitmentOf(rules, by, challenge)),
      );
      const known = chance.pickOr(chance.happens(0.95) ? ready : scene.challenges, undefined);
      if (known === undefined) return undefined;
      const { by, challenge } = known;
      const entry = ledger.entries.get(idOf(domain, challenge.request));
      const time = chance.happens(0.2) && entry ? endOf(entry) : undefined;
      return { call: "challenge", by: mostly(by), ...challenge, ...near(time) };
    },
    decide: (ledger) => {
      const found = disputed(ledger, false);
      if (found === undefined) return undefined;
      const { request, entry, dispute } = found;
      const result = stated(entry);
      const isSame = chance.happens(0.4);
      const proved = isSame ? result : scene.newResult(request, result.node);
      const evidence = scene.newEvidence(request, proved, dispute.arbiter);
      const time = chance.happens(0.2) ? dispute.evidenceBy : undefined;
      return { call: "decide", by: stranger, request, result, proved, evidence, ...near(time) };
    },
    drawJury: (ledger) => {
      const found = disputed(ledger, true);
      if (found === undefined) return undefined;
      const time = chance.happens(0.1) ? found.dispute.evidenceBy : undefined;
      return { call: "drawJury", by: stranger, request: found.request, ...near(time) };
    },
    commitVote: (ledger) => {
      const found = disputed(ledger, true);
      if (found === undefined) return undefined;
      const { request, entry, dispute } = found;
      const free = [...dispute.jury].filter(([, vote]) => vote.commitment === undefined);
      const jurors = free.map(([juror]) => juror);
      const by = mostly(chance.pickOr(jurors, people.checkA));
      const { outputCommitment, units } = chance.happens(0.5)
        ? stated(entry)
        : scene.newResult(request, dispute.node);
      const salt = numberToHex(chance.between(0, 1_000_000), { size: 32 });
      const opinion = { request, outputCommitment, units, salt };
      scene.opinions.push({ by, opinion });
      const commitment = voteCommitmentOf(rules, by, opinion);
      const time = chance.happens(0.1) ? dispute.evidenceBy : undefined;
      return { call: "commitVote", by, request, commitment, ...near(time) };
    },
    revealVote: (ledger) => {
      const ready = scene.opinions.filter(({ by, opinion }) => {
        const vote = ledger.disputes.get(idOf(domain, opinion.request))?.jury.get(by);
        return vote?.commitment === voteCommitmentOf(rules, by, opinion) && !vote.revealed;
      });
      const known = chance.pickOr(chance.happens(0.95) ? ready : scene.opinions, undefined);
      if (known === undefined) return undefined;
      const { by, opinion } = known;
      const dispute = ledger.disputes.get(idOf(domain, opinion.request));
      const time = chance.happens(0.9) ? dispute?.evidenceBy : dispute?.revealBy;
      return { call: "revealVote", by: mostly(by), ...opinion, ...near(time) };
    },
    conclude: (ledger) => {
      const found = disputed(ledger);
      if (found === undefined) return undefined;
      const { request, entry, dispute } = found;
      const time = dispute.arbiter === Evidence.VANILLA ? dispute.revealBy : dispute.evidenceBy;
      return { call: "conclude", by: stranger, request, result: stated(entry), near: time };
    },
  };
}
