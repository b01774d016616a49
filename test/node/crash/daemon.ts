// SPDX-License-Identifier: MIT
// A node as a process of its own that kills itself around one call, if it is told which. It says where it listens, is told
// when the work begins, says at the end what it lived through, and stops when its parent says so or ends.
import { once } from "node:events";
import { appendFileSync } from "node:fs";

import { pino } from "pino";

import { startInferenceNode, startVerificationNode } from "../../../src/node/index.ts";
import { openDatabase } from "../../../src/store/index.ts";
import { loadModel } from "../../../src/zkml/index.ts";
import type { DaemonReport, ProcessOrder } from "./child.ts";
import { labelDatabase, Labels, labelTransport, type Phase } from "./labels.ts";

const order = JSON.parse(process.argv[2] ?? "") as ProcessOrder;
const { role, rpcUrl, deployment, privateKey, folder, port, modelId, stake, killAt, deathsFile } =
  order;
const labels = new Labels(killAt, (label) => {
  appendFileSync(deathsFile, `${label}\n`);
  process.kill(process.pid, "SIGKILL");
});
const say = (report: DaemonReport) => process.send?.(report);

process.on("message", (phase: Phase) => {
  labels.phase = phase;
});
const stop = new AbortController();
const stopped = once(stop.signal, "abort");
process.once("SIGTERM", () => stop.abort());
// Its parent was killed, and its chain with it.
process.once("disconnect", () => process.exit(1));

const start = role === "inference" ? startInferenceNode : startVerificationNode;
const node = await start({
  rpcUrl,
  deployment: { ...deployment, block: BigInt(deployment.block) },
  privateKey,
  folder,
  port,
  models: { digits: await loadModel("digits") },
  modelIds: { digits: modelId },
  stake: BigInt(stake),
  logger: pino({ level: "info" }, pino.destination({ fd: 2, sync: true })),
  signal: stop.signal,
  pollingIntervalMs: 100,
  transport: labelTransport(labels),
  openDatabase: async (location) => labelDatabase(await openDatabase(location), labels),
  ...(role === "verification" && { rankDelayMs: 1 }),
});
if (labels.phase === "start") labels.phase = "idle";
say({ ready: node.endpoint });
await stopped;
say({ labels: [...labels.seen] });
await node.stop();
// Its provers' threads would keep it.
process.exit(0);
