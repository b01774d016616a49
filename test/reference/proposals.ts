// SPDX-License-Identifier: MIT
import { proposeAccounts } from "./account-proposals.ts";
import type { Chance } from "./chance.ts";
import { proposeInCourt } from "./court-proposals.ts";
import { createHabits } from "./habits.ts";
import { proposeOrders } from "./order-proposals.ts";
import type { Proposals } from "./proposal.ts";
import { proposeRequests } from "./request-proposals.ts";
import type { Scene } from "./scene.ts";

/** For every call, along one sequence. */
export function createProposals(scene: Scene, chance: Chance): Proposals {
  const habits = createHabits(scene, chance);
  return {
    ...proposeAccounts(scene, chance, habits),
    ...proposeRequests(scene, chance, habits),
    ...proposeOrders(scene, chance, habits),
    ...proposeInCourt(scene, chance, habits),
  };
}
