// SPDX-License-Identifier: MIT
// Starts daemons as processes; one that was killed is started again, once, without a kill.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
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
  /** The label around which it dies; empty for never. */
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
  /** Whether the kill happened. */
  readonly killed: boolean;
  /** Restarts after SIGKILLs of others. */
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
  let killed = false;
  let restarts = 0;
  let stopping = false;
  let child: ChildProcess;
  let labels: string[] = [];
  const ready = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});

  const live = (killAt: string): void => {
    const process = fork(DAEMON, [JSON.stringify({ ...order, killAt })], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    child = process;
    process.stderr?.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-TAIL_CHARS);
    });
    process.on("message", (report: DaemonReport) => {
      if (report.ready !== undefined) ready.resolve();
      if (report.labels !== undefined) labels = report.labels;
    });
    process.on("exit", (code, signal) => {
      if (stopping && signal !== "SIGKILL") return;
      if (signal !== "SIGKILL") {
        failed.reject(new RangeError(`the daemon ended with ${String(code ?? signal)}: ${said}`));
        return;
      }
      if (restarts === 0 && killAt !== "") killed = true;
      else restarts += 1;
      live("");
    });
  };
  live(order.killAt);

  return {
    ready: Promise.race([ready.promise, failed.promise]),
    failed: failed.promise,
    get killed() {
      return killed;
    },
    get restarts() {
      return restarts;
    },
    tail: () => said,
    beginWork: () => void child.send("work"),
    kill: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      stopping = true;
      // One that dies while it stops is stopped once more.
      for (let stopped: ChildProcess | undefined; stopped !== child;) {
        stopped = child;
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      return labels;
    },
  };
}
