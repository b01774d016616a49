// SPDX-License-Identifier: MIT
/** Owns what a start does while the RPC fails: it waits, as a node that runs does. */
import type { Logger } from "pino";

import { RpcFailedError } from "../client/errors.ts";
import { sleep } from "../client/sleep.ts";
import { NodeStoppedError } from "./errors.ts";
import { ProviderError } from "./follower/index.ts";
import { describeError } from "./log.ts";
import { backOff } from "./sender/retry.ts";

/** Of the first call: until the RPC answered once, its URL may be wrong. */
export const FIRST_ATTEMPTS = 4;

/**
 * Takes a step of the start, again and again while the RPC fails: so a step must be one that can be taken again wherever
 * it was cut off. An RPC of another chain is no outage.
 *
 * @param patience `attempts` ends it; by default only the signal does.
 * @throws {NodeStoppedError} when the signal ends it, and what else the step throws.
 */
export async function outlast<T>(
  patience: { signal?: AbortSignal | undefined; logger: Logger; attempts?: number },
  step: () => Promise<T>,
): Promise<T> {
  const { signal, logger, attempts = Number.POSITIVE_INFINITY } = patience;
  for (let failures = 1; ; failures += 1) {
    try {
      return await step();
    } catch (error) {
      if (!isOutage(error) || failures >= attempts) throw error;
      if (signal?.aborted) throw new NodeStoppedError();
      logger.warn(describeError(error), "the start waits for the RPC");
      await sleep(backOff(failures, error), signal);
      if (signal?.aborted) throw new NodeStoppedError();
    }
  }
}

function isOutage(error: unknown): boolean {
  if (error instanceof ProviderError) return error.kind !== "wrong-chain";
  return error instanceof RpcFailedError;
}
