// SPDX-License-Identifier: MIT
/**
 * Runs in a child process before its own module: a thread that ends the process when it grows too large or its parent is
 * gone. A thread, because hostile WebAssembly can keep the main thread busy for ever.
 */
import { once } from "node:events";
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

import { TOO_LARGE } from "./child-process.ts";

const POLL_MS = 100;
const STDERR = 2;
const BYTES_PER_MB = 2 ** 20;

/** What the thread is started with; other threads of the process, which also load this module, are not. */
interface Watched {
  guard: true;
  parentId: number;
  memoryMB: number;
}

function watch({ parentId, memoryMB }: Watched): void {
  setInterval(() => {
    if (process.memoryUsage.rss() > memoryMB * BYTES_PER_MB) {
      writeSync(STDERR, `${TOO_LARGE}\n`);
      process.kill(process.pid, "SIGKILL");
    }
    if (process.ppid !== parentId) process.kill(process.pid, "SIGKILL");
  }, POLL_MS);
}

async function startThread(): Promise<void> {
  const [parentId, memoryMB] = process.argv.slice(2).map(Number);
  // Without its own list the thread would take this module from the process's, and start a thread of its own.
  const thread = new Worker(new URL(import.meta.url), {
    execArgv: [],
    workerData: { guard: true, parentId, memoryMB },
  });
  await once(thread, "online");
  thread.unref();
}

if (isMainThread) await startThread();
else if ((workerData as Partial<Watched> | null)?.guard) watch(workerData as Watched);
