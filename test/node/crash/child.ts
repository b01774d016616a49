// SPDX-License-Identifier: MIT
// Starts daemons as processes; one that was killed is started again.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Hex } from "viem";

import type { Deployment } from "../../../src/client/index.ts";
import type { ModelId } from "../../../src/protocol/index.ts";

const DAEMON = fileURLToPath(new URL("daemon.ts", import.meta.url));
const TAIL_CHARS = 4_000;

/** What a daemon is told, as JSON. */
export interface DaemonOrder {
  role: "inference" | "verification";
  rpcUrl: string;
  deployment: Omit<Deployment, "block"> & { block: string };
  privateKey: Hex;
  folder: string;
  port: number;
  modelId: ModelId;
  stake: string;
  /** The labels around which its processes die, at each once: a process at the first that it comes to. */
  killAt: readonly string[];
}

/** What one process is told. */
export interface ProcessOrder extends DaemonOrder {
  /** Where it says at which label it dies. */
  deathsFile: string;
}

export interface DaemonReport {
  ready?: string;
  labels?: string[];
}

/** A daemon, whatever process it is at the moment. */
export interface Daemon {
  /** Resolves when it is ready for the first time, even after a kill. */
  readonly ready: Promise<void>;
  /** The labels at which its processes died. */
  readonly deaths: readonly string[];
  readonly restarts: number;
  /** Rejects when it ends by itself. */
  readonly failed: Promise<never>;
  /** What it logged last. */
  tail(): string;
  /** Calls from now on are of the work. */
  beginWork(): void;
  /** Kills it and starts it again. */
  kill(): Promise<void>;
  /** Stops it as an operator would; returns the labels of its last process. */
  stop(): Promise<string[]>;
}

/** @param program What each process runs; told the order, and what else is in it. */
export function startDaemon(order: DaemonOrder, program: string = DAEMON): Daemon {
  const deathsFile = `${order.folder}-deaths`;
  rmSync(deathsFile, { force: true });
  let said = "";
  let deaths: string[] = [];
  let restarts = 0;
  let working = false;
  let killedByOthers = false;
  let stopping = false;
  let child: ChildProcess;
  let labels: string[] = [];
  const ready = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});

  const live = (): void => {
    const killAt = stopping ? [] : order.killAt.filter((label) => !deaths.includes(label));
    const told: ProcessOrder = { ...order, killAt, deathsFile };
    const process = fork(program, [JSON.stringify(told)], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      // Most of a start would be the compiling of the same modules.
      env: { ...globalThis.process.env, NODE_COMPILE_CACHE: join(order.folder, "../compiled") },
    });
    child = process;
    process.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-TAIL_CHARS);
    });
    process.on("message", (report: DaemonReport) => {
      if (report.ready !== undefined) {
        ready.resolve();
        if (working) process.send("work");
      }
      if (report.labels !== undefined) labels = report.labels;
    });
    process.on("exit", (code, signal) => {
      if (stopping && signal !== "SIGKILL") return;
      if (signal !== "SIGKILL") {
        failed.reject(new RangeError(`the daemon ended with ${String(code ?? signal)}: ${said}`));
        return;
      }
      if (killedByOthers) killedByOthers = false;
      else deaths = readFileSync(deathsFile, "utf8").trimEnd().split("\n");
      restarts += 1;
      live();
    });
  };
  live();

  return {
    ready: Promise.race([ready.promise, failed.promise]),
    failed: failed.promise,
    get deaths() {
      return deaths;
    },
    get restarts() {
      return restarts;
    },
    tail: () => said,
    beginWork: () => {
      working = true;
      child.send("work");
    },
    kill: async () => {
      killedByOthers = true;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      stopping = true;
      // One that dies while it stops is stopped once more; one that ended by itself has nothing to wait for.
      for (let stopped: ChildProcess | undefined; stopped !== child && child.exitCode === null;) {
        stopped = child;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      return labels;
    },
  };
}
