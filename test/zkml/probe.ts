// SPDX-License-Identifier: MIT
// What code in a child process can do, told to its parent; or, asked to spin, nothing but that for ever.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import path from "node:path";
import { Worker } from "node:worker_threads";

export interface ProbeJob {
  spin?: boolean;
  /** Bytes to hold outside the JavaScript heap, without letting go. */
  hold?: number;
  given: string;
  other: string;
  folder: string;
}

function outcome(attempt: () => unknown): string {
  try {
    attempt();
    return "done";
  } catch (error) {
    return String((error as { code?: unknown }).code ?? error);
  }
}

process.on("message", (message) => {
  const { spin, hold, given, other, folder } = message as ProbeJob;
  const held: Uint8Array[] = [];
  const work = () => hold !== undefined && held.push(new Uint8Array(hold).fill(1));
  const isBusy = () => hold !== undefined || spin === true;
  // Ends when the process does.
  while (isBusy()) work();
  process.send?.({
    environment: Object.keys(process.env),
    cwd: process.cwd(),
    given: outcome(() => readFileSync(given)),
    other: outcome(() => readFileSync(other)),
    passwords: outcome(() => readFileSync("/etc/passwd")),
    climbed: outcome(() => readFileSync(path.join(given, "..", path.basename(other)))),
    written: outcome(() => writeFileSync(path.join(folder, "new"), "")),
    overwritten: outcome(() => writeFileSync(given, "")),
    spawned: outcome(() => {
      const { error } = spawnSync("true");
      if (error !== undefined) throw error;
    }),
    thread: outcome(() => new Worker("process.exit()", { eval: true })),
    connections: outcome(() => createConnection(9, "127.0.0.1").on("error", () => {})),
  });
});
process.once("disconnect", () => process.exit(0));
