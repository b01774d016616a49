// SPDX-License-Identifier: MIT
import { availableParallelism } from "node:os";

import type { Jobs } from "../../store/index.ts";
import type { JobParts } from "./parts.ts";
import { prove } from "./prove.ts";
import { PROVE, RECHECK } from "./queues.ts";
import { recheck } from "./recheck.ts";

/** A re-run mostly waits for its input. */
const RECHECKS_PER_CORE = 4;

/**
 * Does the node's jobs until the signal, as many proofs at once as there are cores.
 *
 * @param onDone Called when a job has left something in the content.
 */
export async function workOnJobs(
  jobs: Jobs,
  parts: JobParts,
  { signal, onDone }: { signal: AbortSignal; onDone: () => void },
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
    { concurrency: cores * RECHECKS_PER_CORE, signal },
  );
  await Promise.all([proving, rechecking]);
}
