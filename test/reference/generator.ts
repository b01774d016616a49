// SPDX-License-Identifier: MIT
// Commands drawn by a seed. About a third is taken as it comes, the rest is drawn until the model accepts it.
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
  ["reserve", 3],
  ["release", 2],
  ["open", 16],
  ["cancel", 2],
  ["accept", 8],
  ["fulfil", 14],
  ["fulfilOrder", 6],
  ["rescue", 4],
  ["prove", 6],
  ["finalize", 6],
  ["refund", 6],
  ["collect", 4],
  ["payPool", 4],
  ["reserveOrders", 4],
  ["releaseOrders", 2],
  ["settleOrder", 10],
  ["settleOrders", 9],
  ["finalizeClaims", 5],
  ["extractClaim", 6],
  ["commitChallenge", 8],
  ["challenge", 12],
  ["decide", 8],
  ["drawJury", 8],
  ["commitVote", 10],
  ["revealVote", 10],
  ["conclude", 7],
  ["optIn", 1],
  ["optOut", 2],
  ["pause", 1],
  ["unpause", 1],
  ["revokeMeasurement", 1],
  ["mine", 2],
];
/** While paused most of what can be tried is refused: it does not last. */
const UNPAUSE_WEIGHT = 30;
const UNCHECKED_SHARE = 0.3;
const MAX_DRAWS = 12;
const [SHORTEST, LONGEST] = [12, 25];

export type Next = (ledger: Ledger, index: number) => Command | undefined;

/** The commands of one sequence, each drawn for the ledger as it then is. */
export function createGenerator(deployment: Deployment, seed: number): Next {
  const chance = createChance(seed);
  const proposals = createProposals(createScene(deployment, chance), chance);
  const length = chance.between(SHORTEST, LONGEST);

  const draw = (ledger: Ledger): Command => {
    const weights = WEIGHTS.map(
      ([call, weight]) =>
        [call, call === "unpause" && ledger.paused ? UNPAUSE_WEIGHT : weight] as const,
    );
    for (;;) {
      const proposal = proposals[chance.weighted(weights)](ledger);
      if (proposal === undefined) continue;
      const { near = 0, ...act } = proposal;
      // About a boundary, where opposite calls must not both succeed nor both fail.
      const isNear = near > ledger.time + 1 && chance.happens(0.75);
      const at = isNear ? near + chance.pick([-1, 0, 0, 1]) : ledger.time + chance.between(1, 4);
      return { ...act, at };
    }
  };

  return (ledger, index) => {
    if (index >= length) return undefined;
    let command = draw(ledger);
    if (chance.happens(UNCHECKED_SHARE)) return command;
    for (let draws = 1; draws < MAX_DRAWS; ++draws) {
      if (after(deployment.rules, ledger, command).outcome.error === undefined) break;
      command = draw(ledger);
    }
    return command;
  };
}
