// SPDX-License-Identifier: MIT
// A block a second, made from here: Hardhat's own interval ends the process now and then when the chain is reverted meanwhile
// ("There must be a log line", a panic of its logger).
import type { Client } from "viem";

const SECOND_MS = 1_000;

/** Mines until the returned function is called. */
export async function keepTime(client: Client): Promise<() => void> {
  const ask = client.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  await ask({ method: "evm_setIntervalMining", params: [0] });
  const timer = setInterval(() => {
    // The next second is as good; a chain that is gone ends with its test.
    ask({ method: "evm_mine", params: [] }).catch(() => {});
  }, SECOND_MS);
  return () => clearInterval(timer);
}
