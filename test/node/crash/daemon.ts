// SPDX-License-Identifier: MIT
// A node as a process of its own that kills itself around one call, if it is told which; it is told when the work begins.
import { appendFileSync } from "node:fs";

import { openDatabase } from "../../../src/store/index.ts";
import { labelDatabase, Labels, labelTransport, type Phase } from "./labels.ts";
import { readOrder, runDaemon } from "./run-daemon.ts";

const order = readOrder();
const labels = new Labels(order.killAt, (label) => {
  appendFileSync(order.deathsFile, `${label}\n`);
  process.kill(process.pid, "SIGKILL");
});

process.on("message", (phase: Phase) => {
  labels.phase = phase;
});
const onReady = () => {
  if (labels.phase === "start") labels.phase = "idle";
};

await runDaemon(
  order,
  {
    pollingIntervalMs: 100,
    transport: labelTransport(labels),
    openDatabase: async (location) => labelDatabase(await openDatabase(location), labels),
    rankDelayMs: 1,
  },
  { onReady, labels: labels.seen },
);
