// SPDX-License-Identifier: MIT
// Starts daemons as processes; one that was killed is started again.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
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
  /** The labels around which its processes die, one after the other; the next one lives. */
  killAt: readonly string[];
}

/** What one process is told. */
export interface ProcessOrder extends Omit<DaemonOrder, "killAt"> {
  /** Empty for never. */
  killAt: string;
}

export interface DaemonReport {
  ready?: string;
  labels?: string[];
}

/** A daemon, whatever process it is at the moment. */
export interface Daemon {
  /** Resolves when it is ready for the first time, even after a kill. */
  readonly ready: Promise<void>;
  /** How many of the kills happened. */
  readonly kills: number;
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

export function startDaemon(order: DaemonOrder): Daemon {
  let said = "";
  let kills = 0;
  let restarts = 0;
  let working = false;
  let killedByOthers = false;
  let stopping = false;
  let child: ChildProcess;
  let labels: string[] = [];
  const ready = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});

  const live = (killAt: string): void => {
    const process = fork(DAEMON, [JSON.stringify({ ...order, killAt } satisfies ProcessOrder)], {
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
      else kills += 1;
      restarts += 1;
      live(stopping ? "" : (order.killAt[kills] ?? ""));
    });
  };
  live(order.killAt[0] ?? "");

  return {
    ready: Promise.race([ready.promise, failed.promise]),
    failed: failed.promise,
    get kills() {
      return kills;
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
