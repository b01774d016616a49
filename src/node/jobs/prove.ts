// SPDX-License-Identifier: MIT
import { toCanonicalJson } from "../../protocol/json.ts";
import { hashResult } from "../../protocol/typed-data.ts";
import { ModelMissingError } from "../errors.ts";
import { fetchInput } from "./inputs.ts";
import type { JobParts } from "./parts.ts";
import type { ProveJob } from "./queues.ts";

/** Proves a result and keeps the proof; the first one stays, so that a transaction made of it never changes. */
export async function prove(parts: JobParts, job: ProveJob, signal: AbortSignal): Promise<void> {
  const { chain, models, provers, store, logger } = parts;
  const { id, request, result } = job;
  const digest = hashResult(chain.domain, { ...result, requestId: id });
  if (store.has("proofs", digest)) return;
  const known = models.get(request.modelId);
  if (known === undefined) throw new ModelMissingError(request.modelId);

  const input = await fetchInput(parts, known, job, signal);
  const startedAt = performance.now();
  const evidence = await provers.prove({ model: known, id, result, input, signal });
  await store.putIfAbsent("proofs", digest, toCanonicalJson(evidence));
  const milliseconds = Math.round(performance.now() - startedAt);
  logger.info({ request: id, milliseconds }, "proved");
}
