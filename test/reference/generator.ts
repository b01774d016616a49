// SPDX-License-Identifier: MIT
// Commands drawn by a seed. Most are drawn until the model accepts one, more than a quarter until it refuses one.
import { Verdict } from "../../src/protocol/index.ts";
import { createChance } from "./chance.ts";
import type { Call, Command } from "./command.ts";
import type { Deployment } from "./deploy.ts";
import type { Ledger } from "./ledger.ts";
import { after } from "./model.ts";
import { createProposals } from "./proposals.ts";
import { createScene } from "./scene.ts";

const WEIGHTS: readonly (readonly [Call, number])[] = [
  ["deposit", 2],
  ["withdraw", 2],
  ["transfer", 2],
  ["open", 14],
  ["cancel", 2],
  ["accept", 13],
  ["fulfil", 18],
  ["rescue", 9],
  ["prove", 12],
  ["finalize", 6],
  ["refund", 5],
  ["collect", 4],
  ["payPool", 4],
  ["reserve", 4],
  ["release", 1],
  ["settleOrder", 9],
  ["settleOrders", 8],
  ["finalizeClaims", 5],
  ["extractClaim", 8],
  ["commitChallenge", 10],
  ["challenge", 12],
  ["decide", 8],
  ["drawJury", 10],
  ["commitVote", 13],
  ["revealVote", 14],
  ["conclude", 5],
  ["optIn", 1],
  ["optOut", 2],
  ["pause", 1],
  ["unpause", 1],
  ["revokeMeasurement", 1],
  ["mine", 2],
];
/** Every call that is drawn. */
export const CALLS: readonly Call[] = WEIGHTS.map(([call]) => call);
/** While paused most of what can be tried is refused: it does not last. */
const PAUSED: Partial<Record<Call, number>> = { unpause: 30 };
/** Who committed to a challenge, or has one open, has no time to lose. */
const COMMITTED: Partial<Record<Call, number>> = { challenge: 4 };
const DISPUTED: Partial<Record<Call, number>> = {
  decide: 5,
  drawJury: 12,
  commitVote: 20,
  revealVote: 20,
  conclude: 3,
};
const REFUSED_SHARE = 0.27;
const MAX_CALLS = 6;
const MAX_DRAWS = 5;
const [SHORTEST, LONGEST] = [12, 25];

export type Next = (ledger: Ledger, index: number) => Command | undefined;

/** The commands of one sequence, each drawn for the ledger as it then is. */
export function createGenerator(deployment: Deployment, seed: number): Next {
  const chance = createChance(seed);
  const proposals = createProposals(createScene(deployment, chance), chance);
  const length = chance.between(SHORTEST, LONGEST);

  const nextCall = (ledger: Ledger): Call => {
    const urgent = [
      ...(ledger.paused ? [PAUSED] : []),
      ...(ledger.commitments.size > 0 ? [COMMITTED] : []),
      ...(isDisputed(ledger) ? [DISPUTED] : []),
    ];
    const factorOf = (call: Call) => urgent.reduce((factor, more) => factor * (more[call] ?? 1), 1);
    return chance.weighted(WEIGHTS.map(([call, weight]) => [call, weight * factorOf(call)]));
  };
  const draw = (ledger: Ledger, call: Call): Command | undefined => {
    const proposal = proposals[call](ledger);
    if (proposal === undefined) return undefined;
    const { near = 0, ...act } = proposal;
    // About a boundary, where opposite calls must not both succeed nor both fail.
    const isHasty = isDisputed(ledger) && DISPUTED[call] === undefined;
    const isNear = near > ledger.time + 1 && chance.happens(isHasty ? 0.1 : 0.75);
    const at = isNear ? near + chance.pick([-1, 0, 0, 1]) : ledger.time + chance.between(1, 4);
    return { ...act, at };
  };

  return (ledger, index) => {
    if (index >= length) return undefined;
    const isToFail = chance.happens(REFUSED_SHARE);
    let last: Command | undefined;
    for (let calls = 0; calls < MAX_CALLS || last === undefined; ++calls) {
      const call = nextCall(ledger);
      for (let draws = 0; draws < MAX_DRAWS; ++draws) {
        const command = draw(ledger, call);
        if (command === undefined) break;
        last = command;
        const { error } = after(deployment.rules, ledger, command).outcome;
        if ((error !== undefined) === isToFail) return command;
      }
    }
    return last;
  };
}

const isDisputed = (ledger: Ledger): boolean =>
  [...ledger.disputes.values()].some(({ verdict }) => verdict === Verdict.NONE);
