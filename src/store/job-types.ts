// SPDX-License-Identifier: MIT
import type { Reader } from "../protocol/json.ts";

/** A kind of work, and how it is treated. Every process of a node declares it alike. */
export interface Queue<T> {
  /** Letters, digits, `_` and `-`. */
  name: string;
  /** Reads what was offered, maybe by another version of this software; what it refuses becomes a dead letter. */
  read: Reader<T>;
  /** Jobs that wait; who offers more is refused. */
  bound: number;
  /** After a worker was killed, another one has its job this much later, and a maintenance tick. */
  leaseSeconds: number;
  /** A handler that takes longer is told to end by its signal, and the job counts as failed. */
  timeoutMs: number;
  /** How often a failed job is tried again before it becomes a dead letter. */
  retries: number;
  /** The wait before a retry doubles from about a second up to this. */
  longestBackoffSeconds: number;
}

/** One attempt at a job. */
export interface Job<T> {
  id: string;
  key: string;
  payload: T;
  /** 1 at first; a worker that was killed counts too. */
  attempt: number;
  /**
   * Fires when the work has to end: the worker stops, the time is over, or the lease is about to. A handler that goes on
   * for a fifth of the lease may do what another worker does, too.
   */
  signal: AbortSignal;
}

/** Does a job's work; what it throws is the reason of a retry. */
export type JobHandler<T> = (job: Job<T>) => Promise<void>;

/** Why an attempt failed. */
export interface JobFailure {
  /** A {@link BaseError}'s code, or the name of an unexpected error, whose message may hold anything and is left out. */
  code: string;
  message: string;
}

/** A job that nobody tries any more. */
export interface DeadLetter extends JobFailure {
  id: string;
  queue: string;
  key: string;
  payload: unknown;
  /** Milliseconds since 1970 by the server's clock. */
  diedAt: number;
}

/** How much of a queue's work is where. */
export interface QueueDepth {
  queue: string;
  /** Waiting, also for its time to come. */
  queued: number;
  active: number;
  /** How long the job has waited that could have run first; 0 if none could. */
  oldestSeconds: number;
  dead: number;
}
