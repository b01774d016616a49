// SPDX-License-Identifier: MIT
// A node of the soak as a process of its own. Told to lie, it does so about the inputs that are made for it, and about no
// other.
import { pino } from "pino";

import { startInferenceNode, startVerificationNode } from "../../../src/node/index.ts";
import { loadModel, type QuantisedModel, runModel } from "../../../src/zkml/index.ts";
import type { DaemonReport, ProcessOrder } from "../crash/child.ts";
import { LIE, MARK } from "./plan.ts";

/** What a daemon of the soak is told besides. */
export interface SoakOrder {
  lies: boolean;
  metricsPort: number;
  /** Where it logs to; by default nowhere but to its parent. */
  logFile: string | undefined;
}

const DIGITS = 10;
const POLLING_MS = 300;
/** Long enough that on a busy machine the next one seldom does what is done already. */
const RANK_DELAY_MS = 6_000;

const order = JSON.parse(process.argv[2] ?? "") as ProcessOrder & SoakOrder;
const { role, rpcUrl, deployment, privateKey, folder, port, modelId, stake } = order;
const say = (report: DaemonReport) => process.send?.(report);
const stopped = new Promise<void>((resolve) => process.once("SIGTERM", () => resolve()));
// Its parent was killed, and its chain with it.
process.once("disconnect", () => process.exit(1));

const liar = (model: QuantisedModel, input: Uint8Array): Uint8Array => {
  const { output } = runModel(model, input);
  return input[MARK] === LIE ? output.map((digit) => (digit + 1) % DIGITS) : output;
};

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
  logger: pino(
    { level: "info" },
    order.logFile === undefined
      ? pino.destination({ fd: 2, sync: true })
      : pino.destination({ dest: order.logFile, sync: true, mkdir: true }),
  ),
  pollingIntervalMs: POLLING_MS,
  metricsPort: order.metricsPort,
  ...(order.lies && { runtime: liar }),
  ...(role === "verification" && { rankDelayMs: RANK_DELAY_MS, checksPerResult: 3 }),
});
say({ ready: node.endpoint });
await stopped;
say({ labels: [] });
await node.stop();
// Its provers' threads would keep it.
process.exit(0);
