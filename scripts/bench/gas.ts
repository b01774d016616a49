// SPDX-License-Identifier: MIT
/**
 * What a whole request costs in gas on every path: whole transactions on a chain in memory, with evidence as nodes make it,
 * of accounts that were paid and have paid before. The figures are the same in each run.
 */
import { tasks } from "hardhat";

import { measureFlows } from "./gas/measure.ts";
import { breakDown, toTable } from "./gas/trace.ts";
import type { Log, Measure } from "./types.ts";

export { toFiles } from "./gas/page.ts";

export const measure: Measure = async (log) => {
  await buildContracts();
  return measureFlows({ log });
};

/** A table for each transaction: its gas by contract and by what it went for. */
export async function trace(log: Log): Promise<string[]> {
  await buildContracts();
  const lines: string[] = [];
  await measureFlows({
    log,
    inspect: async (world, name, hash) => {
      lines.push(...toTable(name, await breakDown(world, hash)), "");
    },
  });
  return lines;
}

async function buildContracts(): Promise<void> {
  await tasks.getTask("build").run({ quiet: true, noTests: true });
}
