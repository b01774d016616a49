// SPDX-License-Identifier: MIT
import { availableParallelism } from "node:os";

import type { Jobs } from "../../store/index.ts";
import type { JobParts } from "./parts.ts";
import { prove } from "./prove.ts";
import { PROVE, RECHECK } from "./queues.ts";
import { recheck } from "./recheck.ts";

/** A re-run mostly waits for its input. */
const RECHECKS_PER_CORE = 4;

export interface WorkOnJobsOptions {
  signal: AbortSignal;
  /** Called when a job has left something in the content. */
  onDone: () => void;
  /** Re-runs at once. Default four for each core. */
  rechecksAtOnce?: number | undefined;
}

/** Does the node's jobs until the signal, as many proofs at once as there are cores. */
export async function workOnJobs(
  jobs: Jobs,
  parts: JobParts,
  { signal, onDone, rechecksAtOnce }: WorkOnJobsOptions,
): Promise<void> {
  const cores = availableParallelism();
  const proving = jobs.work(
    PROVE,
    async (job) => {
      await prove(parts, job.payload, job.signal);
      onDone();
    },
    { concurrency: cores, signal },
  );
  const rechecking = jobs.work(
    RECHECK,
    async (job) => {
      await recheck(parts, job.payload, job.signal);
      onDone();
    },
    { concurrency: rechecksAtOnce ?? cores * RECHECKS_PER_CORE, signal },
  );
  await Promise.all([proving, rechecking]);
}
