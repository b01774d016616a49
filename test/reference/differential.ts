// SPDX-License-Identifier: MIT
// Runs commands against the model and the contracts, and compares all there is after each.
import type { Hex } from "viem";

import type { Command } from "./command.ts";
import type { Next } from "./generator.ts";
import type { Ledger } from "./ledger.ts";
import { after, type Outcome } from "./model.ts";
import { see, type Seen } from "./probes.ts";
import { unbalanced } from "./solvency.ts";
import type { World } from "./world.ts";

export interface Run {
  commands: Command[];
  outcomes: Outcome[];
  ledger: Ledger;
  /** What is wrong after the last command; empty if nothing is. */
  faults: string[];
}

/** Plays a sequence from this ledger, to its end or the first difference. */
export async function play(world: World, start: Ledger, next: Next): Promise<Run> {
  const run: Run = { commands: [], outcomes: [], ledger: start, faults: [] };
  const seen: Seen = { requests: new Set(), claims: new Set() };
  for (let index = 0; run.faults.length === 0; ++index) {
    const before = await withHashes(world, run.ledger);
    const command = next(before, index);
    if (command === undefined) break;
    const { ledger, outcome } = after(world.rules, before, command);
    const actual = await world.execute(command);
    see(world.rules, seen, command, ledger);
    run.commands.push(command);
    run.outcomes.push(outcome);
    run.ledger = ledger;
    run.faults = [
      ...unlike(outcome, actual),
      ...(await world.differences(ledger, seen)),
      ...unbalanced(world.rules, ledger),
    ];
  }
  return run;
}

const nameOf = ({ error, skipped }: Outcome): string =>
  error ?? ["accepted", ...skipped.map((one) => `${one.error} of ${one.id}`)].join(", ");

function unlike(expected: Outcome, actual: Outcome): string[] {
  const [says, does] = [nameOf(expected), nameOf(actual)];
  return says === does ? [] : [`the call: ${does}, the model says ${says}`];
}

/** The ledger with the hashes of the blocks that draws wait for. */
async function withHashes(world: World, ledger: Ledger): Promise<Ledger> {
  const { earned, disputes, block } = ledger;
  const pots = [...earned.market.values(), ...earned.orders.values()];
  const seeds = [...disputes.values()].map(({ seedBlock }) => seedBlock);
  const waited = [...pots.map(({ drawBlock }) => drawBlock), ...seeds];
  const hashes = new Map<number, Hex>(ledger.hashes);
  for (const seed of waited)
    if (seed !== 0 && seed <= block && !hashes.has(seed))
      hashes.set(seed, await world.hashOf(seed));
  return { ...ledger, hashes };
}

/** Drops commands one by one as long as what is left still differs. */
export async function shrink(world: World, start: Ledger, commands: Command[]): Promise<Run> {
  const replay = async (list: readonly Command[]): Promise<Run> => {
    await world.restart();
    return play(world, start, (_, index) => list[index]);
  };
  let least = await replay(commands);
  for (let index = least.commands.length - 2; index >= 0; --index) {
    const shorter = await replay(least.commands.toSpliced(index, 1));
    if (shorter.faults.length > 0) least = shorter;
    index = Math.min(index, least.commands.length - 1);
  }
  return least;
}

/** The commands as one reads them, accounts and models by their names. */
export function describeRun(world: World, { commands, outcomes, faults }: Run): string {
  const { people, modelIds, signers, rules } = world.deployment;
  const names = new Map<string, string>(
    Object.entries({ ...people, ...modelIds, ...rules.contracts }).map(([name, id]) => [id, name]),
  );
  signers.forEach((signer, index) => names.set(signer, `signer${index}`));
  const shown = (_: string, value: unknown): unknown =>
    typeof value === "bigint" ? Number(value) : (names.get(String(value)) ?? value);
  const lines = commands.map((command, index) => {
    const outcome = outcomes[index]?.error ?? "accepted";
    return `${index + 1}. ${outcome}: ${JSON.stringify(command, shown)}`;
  });
  const named = (fault: string): string =>
    fault
      .split(" ")
      .map((word) => names.get(word) ?? word)
      .join(" ");
  return [...lines, ...faults.map((fault) => `!! ${named(fault)}`)].join("\n");
}
