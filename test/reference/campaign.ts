// SPDX-License-Identifier: MIT
// Many sequences, one for each seed, and what they did.
import type { Address } from "viem";

import type { Call, Command } from "./command.ts";
import { SEQUENCE_START } from "./deploy.ts";
import { describeRun, play, type Run, shrink } from "./differential.ts";
import { createGenerator } from "./generator.ts";
import type { Ledger } from "./ledger.ts";
import { createWorld, type World } from "./world.ts";

/** How often each call was accepted and refused, and each error seen; an order's that was skipped too. */
export interface Tally {
  sequences: number;
  commands: number;
  accepted: Map<Call, number>;
  refused: Map<Call, number>;
  errors: Map<string, number>;
}

export interface Campaign {
  world: World;
  /** Plays the sequences of these seeds, both included; yields what one reads about the first that differs. */
  run(from: number, to: number): Promise<string | undefined>;
  tally: Tally;
}

export async function createCampaign(): Promise<Campaign> {
  const world = await createWorld();
  const opening = openingOf(world);
  const opened = await play(world, world.deployment.empty, (_, index) => opening[index]);
  await world.mark();
  const tally: Tally = {
    sequences: 0,
    commands: 0,
    accepted: new Map(),
    refused: new Map(),
    errors: new Map(),
  };
  const run = async (from: number, to: number): Promise<string | undefined> => {
    if (opened.faults.length > 0) return `The opening differs.\n${describeRun(world, opened)}`;
    for (let seed = from; seed <= to; ++seed) {
      await world.restart();
      const played = await play(world, opened.ledger, createGenerator(world.deployment, seed));
      if (played.faults.length > 0) return report(world, opened.ledger, seed, played);
      count(tally, played);
      world.forget();
    }
    return undefined;
  };
  return { world, run, tally };
}

async function report(world: World, start: Ledger, seed: number, played: Run): Promise<string> {
  const whole = describeRun(world, played);
  const least = await shrink(world, start, played.commands);
  const part = describeRun(world, least);
  return `Seed ${seed} differs.\n${whole}\n\nIt takes no more than this:\n${part}`;
}

const addTo = <K>(counts: Map<K, number>, key: K) => counts.set(key, (counts.get(key) ?? 0) + 1);

function count(tally: Tally, { commands, outcomes }: Run): void {
  tally.sequences += 1;
  tally.commands += commands.length;
  for (const [index, { call }] of commands.entries()) {
    const { error, skipped = [] } = outcomes[index] ?? {};
    addTo(error === undefined ? tally.accepted : tally.refused, call);
    for (const name of [error, ...skipped.map((one) => one.error)])
      if (name !== undefined) addTo(tally.errors, name);
  }
}

const put = (by: Address, amount: bigint) =>
  ({ call: "deposit", by, account: by, amount }) as const;
const set = (node: Address, signer: Address, amount: bigint, seconds: number) => ({
  node,
  signer,
  amount,
  until: SEQUENCE_START + seconds,
});

/** Money that is there before every sequence. */
function openingOf(world: World): Command[] {
  const { people, signers } = world.deployment;
  const { ann, bob, nodeA, nodeB, doubter } = people;
  const [first, second] = signers as [Address, Address];
  const acts = [
    put(ann, 700n),
    put(bob, 450n),
    put(nodeB, 60n),
    put(doubter, 230n),
    { call: "reserve", by: ann, ...set(nodeA, first, 160n, 300) },
    { call: "reserve", by: ann, ...set(nodeA, second, 60n, 120) },
    { call: "reserve", by: bob, ...set(nodeB, second, 130n, 200) },
  ] as const;
  return acts.map((act, index) => ({ ...act, at: SEQUENCE_START + 1 + index }));
}
