// SPDX-License-Identifier: MIT
/** Waiting out an RPC that fails: longer each time, never in step with others, and as long as it asks for. */
import { HttpRequestError } from "viem";

import { RpcFailedError } from "../../client/errors.ts";
import { sleep } from "../../client/sleep.ts";
import { NodeStoppedError } from "../errors.ts";

const FIRST_MS = 250;
const LONGEST_MS = 15_000;
const LONGEST_ASKED_MS = 60_000;
const ATTEMPTS = 8;
/** Causes are followed this far; a longer chain is a loop. */
const DEEPEST_CAUSE = 16;

/** How long to wait after so many failures in a row. */
export function backOff(failures: number, error: unknown, random = Math.random): number {
  const longest = Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS);
  const jittered = longest / 2 + (longest / 2) * random();
  return Math.max(jittered, askedWait(error) ?? 0);
}

/** Milliseconds of a `Retry-After` header somewhere below the error. */
function askedWait(error: unknown): number | undefined {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && current instanceof Error; depth += 1) {
    const header = current instanceof HttpRequestError && current.headers?.get("Retry-After");
    if (typeof header === "string") {
      const seconds = Number(header);
      const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
      if (wait >= 0) return Math.min(wait, LONGEST_ASKED_MS);
    }
    current = current.cause;
  }
  return undefined;
}

/**
 * Asks the RPC again while it fails, some time; what is not the RPC's failure is thrown at once.
 *
 * @throws {NodeStoppedError} when the signal ends it.
 */
export async function patiently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    if (signal.aborted) throw new NodeStoppedError();
    try {
      return await untilStopped(signal, ask());
    } catch (error) {
      if (!(error instanceof RpcFailedError) || failures === ATTEMPTS) throw error;
      await sleep(backOff(failures, error), signal);
    }
  }
}

/** Waits no longer than the node runs. */
export function untilStopped<T>(signal: AbortSignal, wait: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new NodeStoppedError());
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    wait.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
