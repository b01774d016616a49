// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import type { Figures, Log } from "../types.ts";
import { createDigitProver } from "./prover.ts";
import type { Flow } from "./flow.ts";
import { FLOWS, VARIANTS } from "./flows.ts";
import { BATCH, createGasWorld, type GasWorld } from "./world.ts";

const [QUORUM, SIGNED] = ["challenge.merkle.quorum", "challenge.merkle.signed"];
/** Seconds between the two times: everything of the first is over. */
const BETWEEN = 20_000;

export interface MeasureFlowsParameters {
  log: Log;
  /** Called after each transaction with its name, while the chain still has it. */
  inspect?: (world: GasWorld, name: string, hash: Hex) => Promise<void>;
}

/** Measures every flow. */
export async function measureFlows({ log, inspect }: MeasureFlowsParameters): Promise<Figures> {
  const prover = await createDigitProver(log);
  try {
    const world = await createGasWorld(async () => prover);
    try {
      const figures: Figures = {};
      for (const [name, flow] of Object.entries({ ...FLOWS, ...VARIANTS })) {
        log(name);
        const parts = await measureFlow(world, flow, (part, hash) =>
          inspect?.(world, `${name}: ${part}`, hash),
        );
        Object.assign(figures, toFigures(name, parts));
      }
      return withSigner(figures);
    } finally {
      await world.close();
    }
  } finally {
    await prover.close();
  }
}

/** Goes through a flow twice: what is written for the first time only once is there by the second. */
async function measureFlow(
  world: GasWorld,
  flow: Flow,
  inspect: (part: string, hash: Hex) => Promise<void> | undefined,
): Promise<Map<string, number>> {
  const parts = new Map<string, number>();
  await world.restart();
  await flow({ world, index: 0n, step: (_part, write) => world.send(write) });
  world.pass(BETWEEN);
  await flow({
    world,
    index: 1n,
    step: async (part, write) => {
      const receipt = await world.send(write);
      parts.set(part, Number(receipt.gasUsed));
      await inspect(part, receipt.transactionHash);
      return receipt;
    },
  });
  return parts;
}

/** What one more who countersigned adds to a challenge, instead of one with a quorum alone. */
function withSigner(figures: Figures): Figures {
  const { [QUORUM]: quorum, [`${QUORUM}.commit`]: _, [`${SIGNED}.commit`]: __, ...rest } = figures;
  return { ...rest, "challenge.perSigner": Number(rest[SIGNED]) - Number(quorum) };
}

/**
 * A transaction without a name is what the flow is called for, and has no sum with those before. Else, of one transaction by
 * the flow's name alone; of several, and their sum. Of a batch, one request's part.
 */
function toFigures(flow: string, whole: ReadonlyMap<string, number>): Figures {
  const [, receipts] = /^batch\..*\.r(\d+)$/.exec(flow) ?? [];
  const requests = Number(receipts ?? (/\.batch\d/.test(flow) ? BATCH : 1));
  const parts = new Map(Array.from(whole, ([part, gas]) => [part, Math.ceil(gas / requests)]));
  const sum = [...parts.values()].reduce((total, gas) => total + gas, 0);
  if (parts.size === 1 || Object.hasOwn(VARIANTS, flow)) return { [flow]: sum };
  const figures = Array.from(parts, ([part, gas]) => [part === "" ? flow : `${flow}.${part}`, gas]);
  if (parts.has("")) return Object.fromEntries(figures);
  return { ...Object.fromEntries(figures), [receipts === undefined ? `${flow}.total` : flow]: sum };
}
