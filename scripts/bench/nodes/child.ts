// SPDX-License-Identifier: MIT
/** What a process of the benchmark does: `node child.ts <part> <options as JSON>`; it says on a line when it is ready. */
import { setTimeout as delay } from "node:timers/promises";

import type { Hono } from "hono";
import { pino } from "pino";
import { bytesToHex, createClient, http } from "viem";

import { type Deployment, parseDeployment } from "../../../src/client/index.ts";
import { createApp } from "../../../src/node/http/app.ts";
import { listen } from "../../../src/node/http/server.ts";
import { startWorker, type WorkerOptions } from "../../../src/node/index.ts";
import type { ModelId } from "../../../src/protocol/ids.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { openDatabase } from "../../../src/store/index.ts";
import { loadModel } from "../../../src/zkml/index.ts";
import { deliveredResults, type ServedBacklog } from "./backlog.ts";
import { type DrawOptions, openShare } from "./draw.ts";
import { openJobs, startRechecks, startStoring } from "./workers.ts";

/** Serves a backlog's inputs as an inference node does, each after the latency. */
export interface ServeOptions {
  backlog: ServedBacklog;
  results: number;
  modelId: ModelId;
  latencyMs: number;
}

export interface WorkOptions extends Pick<WorkerOptions, "rpcUrl" | "node" | "database"> {
  deployment: object;
  rechecksAtOnce: number;
}

export interface StoreOptions {
  database: string;
  schema: string;
  concurrency: number;
}

const [part = "", json = "{}"] = process.argv.slice(2);
const given: unknown = JSON.parse(json);
const say = (line: string) => process.stdout.write(`${line}\n`);
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
const stopped = new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
const model = await loadModel("digits");

const parts: Record<string, () => Promise<void>> = {
  serve: async () => {
    const { backlog, modelId, latencyMs, results } = given as ServeOptions;
    const bodies = new Map(
      deliveredResults(model, backlog, results).map(({ inputCommitment, input }) => [
        inputCommitment as string,
        toCanonicalJson({ modelId, input: bytesToHex(input) }),
      ]),
    );
    await serve((app) =>
      app.get("/inputs/:name", async (context) => {
        if (latencyMs > 0) await delay(latencyMs);
        const body = bodies.get(context.req.param("name"));
        return body === undefined
          ? context.body("{}", 404)
          : context.body(body, 200, { "content-type": "application/json" });
      }),
    );
  },

  work: async () => {
    const { deployment, ...options } = given as WorkOptions;
    const worker = await startWorker({
      ...options,
      deployment: toDeployment(deployment),
      role: "verification",
      models: { digits: model },
      logger: pino({ level: "warn" }, pino.destination(2)),
      signal: stop.signal,
    });
    say("ready");
    await worker.closed;
  },

  store: async () => {
    const { database: location, schema, concurrency } = given as StoreOptions;
    const database = await openDatabase({ location, schema });
    const jobs = await openJobs(database);
    const storing = await startStoring({ database, jobs }, { concurrency });
    say("ready");
    await stopped;
    await storing.stop();
    await jobs.close();
    await database.close();
  },

  draw: async () => {
    const options = given as DrawOptions;
    const share = await openShare(model, options);
    const { rpcUrl, rechecksAtOnce } = options;
    await serve((app) =>
      app.post("/check", async (context) => {
        const client = createClient({ transport: http(rpcUrl), cacheTime: 0 });
        const deployment = toDeployment(options.deployment);
        const done = await share.check((place, onDone) =>
          startRechecks(place, { client, deployment, model, rechecksAtOnce, onDone }),
        );
        return context.json(done);
      }),
    );
    await share.close();
  },
};

await parts[part]?.();

async function serve(addRoutes: (app: Hono) => void): Promise<void> {
  const app = createApp(pino({ level: "warn" }, pino.destination(2)));
  addRoutes(app);
  const server = await listen(app, "127.0.0.1", 0);
  say(`ready ${server.endpoint}`);
  await stopped;
  await server.close();
}

function toDeployment(book: object): Deployment {
  return parseDeployment(JSON.stringify(book));
}
