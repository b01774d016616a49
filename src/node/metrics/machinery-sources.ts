// SPDX-License-Identifier: MIT
import type { Database, Jobs } from "../../store/index.ts";
import type { FollowerStatistics } from "../follower/index.ts";
import type { Shared } from "../shared.ts";
import { databaseSources, jobSource } from "./database-sources.ts";
import type { MetricSources, TransactionSample } from "./sources.ts";

/** The parts below the steps. */
export interface Machinery {
  database: Database;
  jobs: Jobs;
  /** Whether this process may send. */
  lease: () => boolean;
  follower: () => FollowerStatistics;
}

/** Numbers of the database, the job queues, the follower and the sender. */
export function machinerySources(
  { sender }: Shared,
  { database, jobs, lease, follower }: Machinery,
  own: Partial<MetricSources>,
): Partial<MetricSources> {
  return {
    // Own requests by path, and jobs by queue.
    queues: async () => [...((await own.queues?.()) ?? []), ...(await jobSource(jobs)())],
    follower: async () => {
      const { head, lag, healthy, reorganisations } = follower();
      return {
        headBlock: head?.number,
        confirmedBlock: head?.confirmed,
        finalBlock: head?.final,
        lagBlocks: lag,
        headAgeSeconds: head && Math.max(0, Date.now() / 1_000 - head.timestamp),
        healthy,
        reorgs: reorganisations.count,
        deepestReorg: reorganisations.deepest,
      };
    },
    transactions: async () => {
      const { open, replacements, reverted, gasSpentWei } = await sender.statistics();
      const states: Record<string, number> = {};
      for (const { state, count } of open) states[state] = (states[state] ?? 0) + count;
      const sample: TransactionSample = { states, replaced: replacements, reverted, gasSpentWei };
      return sample;
    },
    ...databaseSources(database),
    leases: async () => [{ lease: "node", held: lease() }],
  };
}
