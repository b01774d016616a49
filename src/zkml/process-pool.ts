// SPDX-License-Identifier: MIT
/**
 * Owns processes that do one job each at a time, and the queue before them. At most `queueLimit` jobs wait; the next one is
 * refused at once, so the caller applies backpressure. A process that fails, runs out of time or grows too large is
 * replaced.
 */
import { BaseError } from "../protocol/errors.ts";
import type { Child } from "./child-process.ts";

/** Characters of a process's reason that are kept. */
const REASON_KEPT = 300;

/** What a process answers: first that it is ready, then once to each job; or that it failed. */
export type ProcessAnswer<Answer> =
  { kind: "ready" } | { kind: "failure"; reason: string } | ({ kind: "done" } & Answer);

export interface PoolLimits {
  /** Processes, each on one core. */
  workers: number;
  /** Jobs that may wait while all processes are busy. */
  queueLimit: number;
  /** Milliseconds of one job, with the start of its process if it needs one. */
  timeoutMs: number;
}

/** What goes wrong, by the names of whoever uses the pool. */
export interface PoolErrors {
  full: () => BaseError;
  timedOut: () => BaseError;
  aborted: (cause: unknown) => BaseError;
  closed: () => BaseError;
  tooLarge: () => BaseError;
  failed: (reason: string, cause?: unknown) => BaseError;
}

export interface ProcessPoolParameters {
  limits: PoolLimits;
  errors: PoolErrors;
  /** Starts a process and sends it what it needs before its first job. */
  start: () => Promise<Child>;
}

interface Job<Message, Answer> {
  message: Message;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** A process and the one job that it works on. */
interface Worker<Message, Answer> {
  /** Undefined until it has started. */
  child: Child | undefined;
  job: Job<Message, Answer> | undefined;
}

export class ProcessPool<Message extends object, Answer extends object> {
  readonly #limits: PoolLimits;
  readonly #errors: PoolErrors;
  readonly #launch: () => Promise<Child>;
  readonly #queue: Job<Message, Answer>[] = [];
  readonly #workers = new Set<Worker<Message, Answer>>();
  #isClosed = false;

  constructor({ limits, errors, start }: ProcessPoolParameters) {
    this.#limits = limits;
    this.#errors = errors;
    this.#launch = start;
  }

  /** Has a process do the job; the signal ends it, and the process with it. */
  async run(message: Message, signal?: AbortSignal): Promise<Answer> {
    if (this.#isClosed) throw this.#errors.closed();
    if (signal?.aborted === true) throw this.#errors.aborted(signal.reason);
    const isBusy = this.#idleWorker() === undefined && this.#workers.size >= this.#limits.workers;
    if (isBusy && this.#queue.length >= this.#limits.queueLimit) throw this.#errors.full();

    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const job: Job<Message, Answer> = { message, resolve, reject };
    const abort = () => this.#cancel(job, this.#errors.aborted(signal?.reason));
    signal?.addEventListener("abort", abort, { once: true });
    this.#queue.push(job);
    this.#dispatch();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Ends all processes; jobs under way and waiting fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue.splice(0)) job.reject(this.#errors.closed());
    const ended = Array.from(this.#workers, async (worker) => {
      const process = worker.child?.process;
      const exit = new Promise((resolve) => process?.once("exit", resolve));
      this.#dismiss(worker, this.#errors.closed());
      if (process !== undefined) await exit;
    });
    await Promise.all(ended);
  }

  #idleWorker(): Worker<Message, Answer> | undefined {
    return [...this.#workers].find(({ job }) => job === undefined);
  }

  /** Gives waiting jobs to idle processes, and starts processes up to the limit. */
  #dispatch(): void {
    while (!this.#isClosed && this.#queue.length > 0) {
      const idle = this.#idleWorker();
      if (idle === undefined && this.#workers.size >= this.#limits.workers) return;
      const job = this.#queue.shift();
      if (job === undefined) return;
      const worker = idle ?? { child: undefined, job };
      worker.job = job;
      this.#workers.add(worker);
      void this.#work(worker, job);
    }
  }

  /** Removes a job from the queue, or stops the process that works on it. */
  #cancel(job: Job<Message, Answer>, error: unknown): void {
    const index = this.#queue.indexOf(job);
    if (index >= 0) this.#queue.splice(index, 1);
    const worker = [...this.#workers].find((candidate) => candidate.job === job);
    if (worker !== undefined) this.#dismiss(worker, error);
    job.reject(error);
    this.#dispatch();
  }

  /** Stops a process; the job that it works on fails with the error. */
  #dismiss(worker: Worker<Message, Answer>, error: unknown): void {
    this.#workers.delete(worker);
    worker.child?.process.kill("SIGKILL");
    worker.job?.reject(error);
    worker.job = undefined;
  }

  async #work(worker: Worker<Message, Answer>, job: Job<Message, Answer>): Promise<void> {
    const late = () => this.#cancel(job, this.#errors.timedOut());
    const timer = setTimeout(late, this.#limits.timeoutMs);
    try {
      worker.child ??= await this.#start(worker);
      if (worker.job === job) await this.#exchange(worker, worker.child, job);
    } catch (cause) {
      const reason =
        cause instanceof BaseError ? cause.message : "its process could not be started";
      this.#dismiss(worker, this.#errors.failed(reason, cause));
    } finally {
      clearTimeout(timer);
      this.#dispatch();
    }
  }

  async #start(worker: Worker<Message, Answer>): Promise<Child> {
    const child = await this.#launch();
    // Dismissed while it was started.
    if (!this.#workers.has(worker)) child.process.kill("SIGKILL");
    // After its streams have ended, so that its last words are there.
    child.process.on("close", (code, reason) => {
      const text = `the process ended (${code ?? reason}) ${child.stderr().split("\n").at(-1) ?? ""}`;
      const { tooLarge, failed } = this.#errors;
      this.#dismiss(worker, child.wasTooLarge() ? tooLarge() : failed(text.trim()));
      this.#dispatch();
    });
    // A process that died cannot be written to: its end is handled above.
    child.process.on("error", () => {});
    return child;
  }

  /** Sends the job and waits for its answer, or for the end of the process. */
  async #exchange(
    worker: Worker<Message, Answer>,
    { process }: Child,
    job: Job<Message, Answer>,
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const receive = (answer: ProcessAnswer<Answer>) => {
      if (answer.kind === "ready") return;
      worker.job = undefined;
      if (answer.kind === "failure") {
        // What failed to be loaded cannot be loaded again by the same process.
        this.#dismiss(worker, undefined);
        job.reject(this.#errors.failed(answer.reason.slice(0, REASON_KEPT)));
      } else job.resolve(answer);
      resolve();
    };
    process.on("message", receive);
    process.once("close", resolve);
    process.send(job.message);
    await promise;
    process.off("message", receive);
    process.off("close", resolve);
  }
}
