// SPDX-License-Identifier: MIT
// Owns what SIGINT and SIGTERM do: they end the command at once, unless it has something to stop first.
import { EXIT } from "./errors.ts";

/** The terminal, npm and the launcher each pass a signal on: within this time they mean one. */
const SAME_SIGNAL_MS = 1_000;

let stop: (() => void) | undefined;
let firstAt: number | undefined;
let installed = false;

/** Ends the process with the exit code of an interruption, so that its children are ended, too. */
export function installInterrupt(): void {
  if (installed) return;
  installed = true;
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
}

/** What the first signal does instead; a second one ends the process. */
export function onInterrupt(action: () => void): void {
  installInterrupt();
  stop = action;
}

/** Resolves at the first signal. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => onInterrupt(resolve));
}

function interrupt(): void {
  if (firstAt === undefined && stop !== undefined) {
    firstAt = performance.now();
    stop();
  } else if (firstAt === undefined || performance.now() - firstAt > SAME_SIGNAL_MS) {
    process.exit(EXIT.interrupted);
  }
}
