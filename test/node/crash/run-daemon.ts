// SPDX-License-Identifier: MIT
// What every process that is a node for a test does: it says where it listens, and at the end what it lived through, and stops
// when its parent says so or ends.
import { once } from "node:events";

import { pino } from "pino";

import {
  type InferenceNodeOptions,
  startInferenceNode,
  startVerificationNode,
  type VerificationNodeOptions,
} from "../../../src/node/index.ts";
import { loadModel } from "../../../src/zkml/index.ts";
import type { DaemonReport, ProcessOrder } from "./child.ts";

export function readOrder<T extends ProcessOrder>(): T {
  return JSON.parse(process.argv[2] ?? "") as T;
}

const say = (report: DaemonReport): void => void process.send?.(report);

/** Does not return. `labels` are told at the end. */
export async function runDaemon(
  order: ProcessOrder,
  options: Partial<InferenceNodeOptions & VerificationNodeOptions>,
  { onReady = () => {}, labels = [] }: { onReady?: () => void; labels?: Iterable<string> } = {},
): Promise<never> {
  const { role, rpcUrl, deployment, privateKey, folder, port, modelId, stake } = order;
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
    ...options,
  });
  onReady();
  say({ ready: node.endpoint });
  await stopped;
  say({ labels: [...labels] });
  await node.stop();
  // Its provers' threads would keep it.
  process.exit(0);
}
