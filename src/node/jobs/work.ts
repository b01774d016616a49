// SPDX-License-Identifier: MIT
import { availableParallelism } from "node:os";

import type { Jobs } from "../../store/index.ts";
import { describeError } from "../log.ts";
import type { JobParts } from "./parts.ts";
import { prove } from "./prove.ts";
import { PROVE, type ProveJob, RECHECK, type RecheckJob } from "./queues.ts";
import { recheck } from "./recheck.ts";

/** A re-run mostly waits for its input. */
const RECHECKS_PER_CORE = 4;

/** Does the node's jobs until the signal, as many at once as there are cores. */
export async function workOnJobs(jobs: Jobs, parts: JobParts, signal: AbortSignal): Promise<void> {
  const cores = availableParallelism();
  const onFailure =
    (queue: string) =>
    (job: ProveJob | RecheckJob | undefined, error: unknown, isLast: boolean): void => {
      const line = { request: job?.id, queue, ...describeError(error) };
      if (isLast) parts.logger.error(line, "job failed for the last time, it is a dead letter");
      else parts.logger.warn(line, "job failed, will be tried again");
    };
  await Promise.all([
    jobs.work({
      queue: PROVE,
      concurrency: cores,
      signal,
      handle: (job, ends) => prove(parts, job, ends),
      onFailure: onFailure(PROVE.name),
    }),
    jobs.work({
      queue: RECHECK,
      concurrency: cores * RECHECKS_PER_CORE,
      signal,
      handle: (job, ends) => recheck(parts, job, ends),
      onFailure: onFailure(RECHECK.name),
    }),
  ]);
}
