// SPDX-License-Identifier: MIT
/** Workers in this process: one that re-checks as a node does, and one that only stores what a re-check stores. */
import { type Client, keccak256 } from "viem";
import { pino } from "pino";

import type { Deployment } from "../../../src/client/index.ts";
import { CONTENT_KINDS } from "../../../src/node/content.ts";
import { findModels } from "../../../src/node/find-models.ts";
import { QUEUES, RECHECK } from "../../../src/node/jobs/queues.ts";
import { workOnJobs } from "../../../src/node/jobs/work.ts";
import { Metrics } from "../../../src/node/metrics/metrics.ts";
import { Provers } from "../../../src/node/provers.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { assayDomain } from "../../../src/protocol/typed-data.ts";
import { ContentStore, type Database, Jobs } from "../../../src/store/index.ts";
import type { QuantisedModel } from "../../../src/zkml/index.ts";

/** Of folders. */
export const SCHEMA = "assay";

export interface Worker {
  stop(): Promise<void>;
}

export async function openJobs(database: Database): Promise<Jobs> {
  return Jobs.open(database, {
    queues: QUEUES,
    onError: (error, job) => console.error(`${job?.queue ?? "queue"}: ${String(error)}`),
  });
}

/** Re-checks with the code of a node's process. */
export async function startRechecks(
  { database, jobs }: { database: Database; jobs: Jobs },
  options: {
    client: Client;
    deployment: Deployment;
    model: QuantisedModel;
    rechecksAtOnce: number;
    onDone?: () => void;
  },
): Promise<Worker> {
  const { client, deployment, model, rechecksAtOnce, onDone = () => {} } = options;
  const chain = { client, deployment, domain: assayDomain(deployment) };
  const models = await findModels(chain, { models: { digits: model } });
  const store = await ContentStore.open(database, { kinds: CONTENT_KINDS });
  const metrics = new Metrics("verification");
  return startWork((signal) => {
    const provers = new Provers(chain, signal, undefined, metrics);
    const logger = pino({ level: "silent" });
    const parts = { chain, models, store, provers, logger, metrics };
    return workOnJobs(jobs, parts, { signal, onDone, rechecksAtOnce });
  });
}

/** Takes the jobs, writes an input and an opinion of the usual size, and ends them: all that a re-check asks of the store. */
export async function startStoring(
  { database, jobs }: { database: Database; jobs: Jobs },
  { concurrency }: { concurrency: number },
): Promise<Worker> {
  const store = await ContentStore.open(database, { kinds: CONTENT_KINDS });
  return startWork((signal) =>
    jobs.work(
      RECHECK,
      async ({ payload: { id, request } }) => {
        const { modelId, inputCommitment } = request;
        const input = toCanonicalJson({
          modelId,
          input: inputCommitment + inputCommitment.slice(2),
        });
        await store.put("inputs", inputCommitment, input);
        const opinion = { outputCommitment: keccak256(inputCommitment), units: 1 };
        await store.putIfAbsent("opinions", id, toCanonicalJson(opinion));
      },
      { concurrency, signal },
    ),
  );
}

function startWork(work: (signal: AbortSignal) => Promise<void>): Worker {
  const controller = new AbortController();
  const working = work(controller.signal);
  return {
    stop: async () => {
      controller.abort();
      await working;
    },
  };
}
