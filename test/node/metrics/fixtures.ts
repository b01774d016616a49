// SPDX-License-Identifier: MIT
import { getAddress, parseEther } from "viem";

import type { MetricSources } from "../../../src/node/metrics/sources.ts";

const outcomes = () => ({ delivered: 0, final: 0, rejected: 0, refunded: 0 });
const challenges = () => ({ opened: 0, won: 0, lost: 0, undecided: 0, open: 0 });

/** Every source, with a plausible answer. */
export function allSources(): MetricSources {
  return {
    queues: async () => [
      { lane: "zkml", depth: 4, active: 2, oldestSeconds: 30, deadLetters: 1 },
      { lane: "tee", depth: 0, active: 0, oldestSeconds: 0, deadLetters: 0 },
    ],
    deadlines: async () => 90,
    follower: async () => ({
      headBlock: 120n,
      confirmedBlock: 118n,
      finalBlock: 56n,
      lagBlocks: 1,
      headAgeSeconds: 3,
      healthy: true,
      reorgs: 2,
      deepestReorg: 3,
    }),
    transactions: async () => ({
      states: { planned: 1, signed: 3, mined: 2, final: 40 },
      replaced: 1,
      reverted: 2,
      gasSpentWei: parseEther("0.25"),
    }),
    balances: async () => ({
      keys: [{ address: getAddress(`0x${"11".repeat(20)}`), wei: parseEther("1.5") }],
      ledger: parseEther("12.5"),
      decimals: 18,
    }),
    stake: async () => ({
      total: parseEther("100"),
      opted: parseEther("50"),
      atRisk: parseEther("5"),
      decimals: 18,
    }),
    tally: async () => ({
      requests: { vanilla: outcomes(), zkml: outcomes(), tee: { ...outcomes(), final: 6 } },
      earned: { inference: parseEther("1.5"), verification: 0n },
      slashed: 0n,
      challenges: {
        made: { ...challenges(), opened: 1, won: 1 },
        received: { ...challenges(), opened: 1, open: 1 },
      },
      decimals: 18,
    }),
    enclaves: async () => [{ model: "digits", expiresAt: 1_800_000_000 }],
    content: async () => [{ kind: "inputs", entries: 10, bytes: 640 }],
    database: async () => ({ bytes: 4_096 }),
    leases: async () => [{ lease: "sender", held: true }],
  };
}
