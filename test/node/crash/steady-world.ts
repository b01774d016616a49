// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { makeWorld, type World, WIDE_WINDOWS } from "../world.ts";

const SECOND_MS = 1_000;

/** A world whose chain may be reverted at any moment, with windows that no test has to hurry through. */
export async function makeSteadyWorld(): Promise<World> {
  const world = await makeWorld(WIDE_WINDOWS);
  const stopTime = await keepTime(world.chain);
  const close = async () => {
    stopTime();
    await world.close();
  };
  return { ...world, close };
}

/**
 * Makes a block a second from here: Hardhat's own interval ends the process now and then when the chain is reverted meanwhile
 * ("There must be a log line", a panic of its logger).
 */
async function keepTime(client: Client): Promise<() => void> {
  const ask = client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  await ask({ method: "evm_setIntervalMining", params: [0] });
  const timer = setInterval(() => {
    // The next second is as good; a chain that is gone ends with its test.
    ask({ method: "evm_mine", params: [] }).catch(() => {});
  }, SECOND_MS);
  return () => clearInterval(timer);
}
