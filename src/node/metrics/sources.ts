// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import type { Path } from "../../protocol/evidence.ts";

/** One lane's queue. */
export interface QueueSample {
  /** A path, or a job queue's name: few, and none made from a request. */
  lane: string;
  /** Jobs that wait. */
  depth: number;
  /** Jobs that are worked on. */
  active: number;
  /** Age of the oldest job that is not done; 0 without one. */
  oldestSeconds: number;
  /** Jobs that will not be tried again by themselves. */
  deadLetters: number;
}

/** How far the chain is followed. What is left out is absent from the metrics. */
export interface FollowerSample {
  headBlock?: bigint | undefined;
  confirmedBlock?: bigint | undefined;
  finalBlock?: bigint | undefined;
  /** Blocks that the RPC has and the node has not followed. */
  lagBlocks?: number | undefined;
  headAgeSeconds?: number | undefined;
  healthy?: boolean | undefined;
  /** Since any fixed moment; they only rise. */
  reorgs?: number | undefined;
  deepestReorg?: number | undefined;
}

/** States of a transaction that the node decided to send. */
export const TRANSACTION_STATES = ["planned", "signed", "mined", "final", "failed"] as const;

/** The node's transactions. */
export interface TransactionSample {
  states: Readonly<Partial<Record<(typeof TRANSACTION_STATES)[number], number>>>;
  /** Since any fixed moment; they only rise. */
  replaced: number;
  reverted: number;
  gasSpentWei: bigint;
}

export interface BalanceSample {
  /** Every key that pays for gas. */
  keys: readonly { address: Address; wei: bigint }[];
  /** Token units of the node's address in the market. */
  ledger: bigint;
  /** Decimals of the token. */
  decimals: number;
}

/** Token units. */
export interface StakeSample {
  total: bigint;
  opted: bigint;
  atRisk: bigint;
  decimals: number;
}

/** How challenges ended for this node. */
export interface ChallengeTally {
  opened: number;
  won: number;
  lost: number;
  undecided: number;
  /** Without a verdict. */
  open: number;
}

/** Sums of the chain's events about this node. Amounts are token units. */
export interface TallySample {
  requests: Readonly<Record<Path, Record<RequestOutcome, number>>>;
  earned: { inference: bigint; verification: bigint };
  slashed: bigint;
  challenges: { made: ChallengeTally; received: ChallengeTally };
  decimals: number;
}

export type RequestOutcome = "delivered" | "final" | "rejected" | "refunded";

export interface ContentSample {
  kind: string;
  entries: number;
  bytes: number;
}

/**
 * Where the numbers come from that are sampled at a scrape. Each is asked at most once at a time and gets
 * `SOURCE_TIMEOUT_MS`; a source that fails or is late is counted, and its metrics are absent until it answers. One that
 * has nothing to say, for now or at all, answers undefined.
 */
export interface MetricSources {
  queues: () => Promise<readonly QueueSample[] | undefined>;
  /** Seconds until the nearest proof is due. */
  deadlines: () => Promise<number | undefined>;
  follower: () => Promise<FollowerSample | undefined>;
  transactions: () => Promise<TransactionSample | undefined>;
  balances: () => Promise<BalanceSample | undefined>;
  stake: () => Promise<StakeSample | undefined>;
  tally: () => Promise<TallySample | undefined>;
  /** Models with a TEE path; `expiresAt` is 0 while no key is live. */
  enclaves: () => Promise<readonly { model: string; expiresAt: number }[] | undefined>;
  content: () => Promise<readonly ContentSample[] | undefined>;
  database: () => Promise<{ bytes: number } | undefined>;
  leases: () => Promise<readonly { lease: string; held: boolean }[] | undefined>;
}
