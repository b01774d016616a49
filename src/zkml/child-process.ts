// SPDX-License-Identifier: MIT
import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The end of what a child wrote to stderr, for error messages. */
const STDERR_KEPT = 2_000;

/** A forked module of this folder. */
export interface Child {
  process: ChildProcess;
  /** The last lines that it wrote to stderr. */
  stderr: () => string;
}

/**
 * Forks a module of this folder, as source or as built. The child gets no environment, so that no
 * key of ours can leak through a hostile artefact, and a limit on its JavaScript heap.
 */
export function forkModule(name: string, memoryMB: number): Child {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const file = fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
  const child = fork(file, [], {
    env: {},
    execArgv: [`--max-old-space-size=${memoryMB}`, "--disable-warning=ExperimentalWarning"],
    serialization: "advanced",
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let tail = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-STDERR_KEPT);
  });
  return { process: child, stderr: () => tail.trim() };
}
