// SPDX-License-Identifier: MIT
// A node of the soak as a process of its own. Told to lie, it does so about the inputs that are made for it, and about no
// other.
import { pino } from "pino";

import { type QuantisedModel, runModel } from "../../../src/zkml/index.ts";
import type { ProcessOrder } from "../crash/child.ts";
import { readOrder, runDaemon } from "../crash/run-daemon.ts";
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

const { lies, metricsPort, logFile, ...order } = readOrder<ProcessOrder & SoakOrder>();

const liar = (model: QuantisedModel, input: Uint8Array): Uint8Array => {
  const { output } = runModel(model, input);
  return input[MARK] === LIE ? output.map((digit) => (digit + 1) % DIGITS) : output;
};

await runDaemon(order, {
  pollingIntervalMs: POLLING_MS,
  metricsPort,
  rankDelayMs: RANK_DELAY_MS,
  checksPerResult: 3,
  ...(lies && { runtime: liar }),
  ...(logFile !== undefined && {
    logger: pino({ level: "info" }, pino.destination({ dest: logFile, sync: true, mkdir: true })),
  }),
});
