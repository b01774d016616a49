// SPDX-License-Identifier: MIT
import { bigUint, objectOf, uint } from "../../src/protocol/json.ts";
import type { Queue } from "../../src/store/job-types.ts";

export interface Work {
  number: number;
  amount: bigint;
}

export const readWork = objectOf<Work>({ number: uint(32), amount: bigUint(256) });

/** A queue whose times are short enough to wait for. */
export function makeQueue(overrides: Partial<Queue<Work>> = {}): Queue<Work> {
  return {
    name: "work",
    read: readWork,
    bound: 1_000,
    leaseSeconds: 30,
    timeoutMs: 60_000,
    retries: 2,
    longestBackoffSeconds: 0,
    ...overrides,
  };
}

export const makeWork = (number: number): Work => ({ number, amount: 2n ** 200n + BigInt(number) });

/** The shortest that pg-boss allows. */
export const TICK_MS = 1_100;
