// SPDX-License-Identifier: MIT
// Child processes of `assay demo` and `assay nodes`: each with its own log file, all ended with their parent.
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import { ProcessEndedError } from "../errors.ts";

/** A child process that reported that it is ready. */
export interface RunningProcess {
  name: string;
  logFile: string;
  /** What the line that made it ready said. */
  ready: RegExpExecArray;
  /** Ends it and waits until it has ended. */
  stop(): Promise<void>;
}

export interface StartParameters {
  /** For messages, for example `inference node`. */
  name: string;
  command: string;
  args: readonly string[];
  /** Added to the environment; the place for keys, which never go on a command line. */
  env?: Record<string, string>;
  cwd: string;
  logFile: string;
  /** The line of output that says that it is ready. */
  readyLine: RegExp;
}

/** Ended with this process, unless it is killed. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

const LAST_LINES = 5;
const STOP_TIMEOUT_MS = 5_000;

type Child = ChildProcessByStdio<null, Readable, Readable>;

function spawnChild({
  command,
  args,
  env,
  cwd,
}: Pick<StartParameters, "command" | "args" | "env" | "cwd">): Child {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/**
 * Starts a process, writes all it prints to its log file, and returns when it is ready.
 *
 * @throws {ProcessEndedError} if it ends before; its last lines are in the message.
 */
export async function startProcess(parameters: StartParameters): Promise<RunningProcess> {
  const { name, logFile, readyLine } = parameters;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile, { flags: "a" });
  const child = spawnChild(parameters);

  const last: string[] = [];
  const ready = await new Promise<RegExpExecArray>((resolve, reject) => {
    const ended = (): void => reject(new ProcessEndedError(name, last, logFile));
    child.once("error", ended);
    child.once("exit", ended);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        last.push(line.slice(0, 300));
        if (last.length > LAST_LINES) last.shift();
        const match = readyLine.exec(line);
        if (match !== null) resolve(match);
      });
    }
  });
  return { name, logFile, ready, stop: () => stopProcess(child) };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}

/** Runs a process to its end and returns what it printed; progress goes to `onLine`. */
export async function runProcess(
  parameters: Omit<StartParameters, "readyLine" | "logFile"> & { onLine?: (line: string) => void },
): Promise<string> {
  const { name, onLine } = parameters;
  const child = spawnChild(parameters);
  let printed = "";
  const last: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  createInterface({ input: child.stderr }).on("line", (line) => {
    last.push(line.slice(0, 300));
    if (last.length > LAST_LINES) last.shift();
    onLine?.(line);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new ProcessEndedError(name, last);
  return printed;
}
