// SPDX-License-Identifier: MIT
/**
 * Owns what the node does at once. The chain's state says at every block what is to be done, so a task that finds no
 * room or fails is not queued: it is offered again. That is the backpressure, and why nothing is lost by a restart.
 */
import type { Logger } from "pino";

import { BaseError } from "../protocol/errors.ts";
import { NodeStoppedError } from "./errors.ts";
import { describeError } from "./log.ts";
import { isRace } from "./races.ts";

/** After success the chain needs a moment to show it. */
const REST_MS = 1_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
const MEMORY_MS = 600_000;

/** How often a key was tried, and when it may be again. */
interface Attempt {
  failures: number;
  notBefore: number;
}

export interface TaskPoolParameters {
  limit: number;
  logger: Logger;
  signal: AbortSignal;
}

export class TaskPool {
  readonly #parameters: TaskPoolParameters;
  readonly #running = new Map<string, Promise<void>>();
  readonly #attempts = new Map<string, Attempt>();

  constructor(parameters: TaskPoolParameters) {
    this.#parameters = parameters;
  }

  /** Starts the task, unless one of this key runs or rests, or there is no room. One that waits for a job does not rest. */
  offer(key: string, fields: Record<string, unknown>, task: () => Promise<void | "waits">): void {
    const { limit, signal } = this.#parameters;
    if (signal.aborted || this.#running.has(key) || this.#running.size >= limit) return;
    const attempt = this.#attempts.get(key);
    if (attempt !== undefined && Date.now() < attempt.notBefore) return;

    const run = this.#run(key, fields, task).finally(() => this.#running.delete(key));
    this.#running.set(key, run);
  }

  /** The keys of what runs now. */
  running(): Iterable<string> {
    return this.#running.keys();
  }

  /** Forgets when keys were last tried, some time after. */
  forget(): void {
    const oldest = Date.now() - MEMORY_MS;
    for (const [key, { notBefore }] of this.#attempts) {
      if (notBefore < oldest) this.#attempts.delete(key);
    }
  }

  /** Waits for everything that runs. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }

  async #run(
    key: string,
    fields: Record<string, unknown>,
    task: () => Promise<void | "waits">,
  ): Promise<void> {
    const { logger, signal } = this.#parameters;
    try {
      const outcome = await task();
      if (outcome === "waits") this.#attempts.delete(key);
      else this.#attempts.set(key, { failures: 0, notBefore: Date.now() + REST_MS });
    } catch (error) {
      const failures = (this.#attempts.get(key)?.failures ?? 0) + 1;
      const wait = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS);
      this.#attempts.set(key, { failures, notBefore: Date.now() + wait });
      const line = { ...fields, task: key.split(":")[0], ...describeError(error) };
      if (signal.aborted || error instanceof NodeStoppedError) logger.debug(line, "left undone");
      else if (isRace(error)) logger.debug(line, "somebody else was faster");
      else if (error instanceof BaseError) logger.warn(line, "task failed, will be tried again");
      else logger.error({ ...line, stack: stackOf(error) }, "task failed unexpectedly");
    }
  }
}

/** Where an unexpected error came from; its message is left out, since it may hold anything. */
function stackOf(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return lines.filter((line) => line.trimStart().startsWith("at ")).slice(0, 6);
}
