// SPDX-License-Identifier: MIT
/**
 * Owns the asking for jobs. What is needed is asked for at every block, so the desk remembers for a while what it asked
 * for; a queue that is full refuses, and is asked again.
 */
import type { Logger } from "pino";

import type { Jobs, Queue } from "../../store/index.ts";
import { describeError } from "../log.ts";

const MEMORY_MS = 5_000;
const MAX_REMEMBERED = 20_000;

export class JobDesk {
  readonly #jobs: Jobs;
  readonly #logger: Logger;
  readonly #askedAt = new Map<string, number>();

  constructor(jobs: Jobs, logger: Logger) {
    this.#jobs = jobs;
    this.#logger = logger;
  }

  /** Sees to it that the job exists; its outcome is found in the content. */
  async ask<T>(queue: Queue<T>, key: string, payload: T): Promise<void> {
    const name = `${queue.name}:${key}`;
    const askedAt = this.#askedAt.get(name);
    if (askedAt !== undefined && Date.now() - askedAt < MEMORY_MS) return;
    if (this.#askedAt.size >= MAX_REMEMBERED) this.#askedAt.clear();
    this.#askedAt.set(name, Date.now());
    try {
      await this.#jobs.offer(queue, key, payload);
    } catch (error) {
      this.#askedAt.delete(name);
      this.#logger.warn({ queue: queue.name, ...describeError(error) }, "job not taken");
      throw error;
    }
  }
}
