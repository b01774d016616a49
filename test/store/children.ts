// SPDX-License-Identifier: MIT
/** Real processes, to be killed: each runs a part of `child.ts` and says on a line of its own how far it is. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import type { DatabaseLocation } from "../../src/store/open.ts";

const PROGRAM = fileURLToPath(new URL("./child.ts", import.meta.url));
const children = new Set<ChildProcess>();

export interface Child {
  /** Every line so far. */
  lines: readonly string[];
  /** The next line that begins so, also one that was said already; fails if the child ends without saying it. */
  says(beginning: string): Promise<string>;
  kill(signal: "SIGKILL" | "SIGTERM" | "SIGSTOP" | "SIGCONT"): void;
  ended: Promise<unknown>;
}

/** Starts a part with arguments that JSON can hold. */
export function startChild(part: string, place: DatabaseLocation, options: object = {}): Child {
  const child = spawn(process.execPath, [PROGRAM, part, JSON.stringify({ ...place, ...options })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  const lines: string[] = [];
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers<void>();
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    changed();
  });
  const closed = once(child, "close");
  child.once("close", () => {
    ended = true;
    children.delete(child);
    changed();
  });
  return {
    lines,
    says: async (beginning) => {
      for (;;) {
        const line = lines.find((said) => said.startsWith(beginning));
        if (line !== undefined) return line;
        if (ended) throw new TypeError(`The child ended without saying "${beginning}".`);
        await wake.promise;
      }
    },
    kill: (signal) => {
      child.kill(signal);
    },
    ended: closed,
  };
}

process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});
