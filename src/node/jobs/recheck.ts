// SPDX-License-Identifier: MIT
import { toCanonicalJson } from "../../protocol/json.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import { ModelMissingError } from "../errors.ts";
import { fetchInput } from "./inputs.ts";
import type { JobParts } from "./parts.ts";
import type { RecheckJob } from "./queues.ts";

/** Runs a request's model again and keeps what came out. */
export async function recheck(
  parts: JobParts,
  job: RecheckJob,
  signal: AbortSignal,
): Promise<void> {
  const { metrics, models, store } = parts;
  const { id, request } = job;
  if (store.has("opinions", id)) return;
  const known = models.get(request.modelId);
  if (known === undefined) throw new ModelMissingError(request.modelId);

  const { output, units } = await metrics.time(
    "recheckSeconds",
    { model: known.name },
    async () => {
      const input = await fetchInput(parts, known, job, signal);
      return models.compute(known, input, { request, signal });
    },
  );
  const opinion = { outputCommitment: commitOutput(output), units };
  await store.putIfAbsent("opinions", id, toCanonicalJson(opinion));
}
