// SPDX-License-Identifier: MIT
import { BaseError } from "../../protocol/errors.ts";
import {
  RuntimeAbortedError,
  RuntimeBusyError,
  RuntimeFailedError,
  RuntimeOutputError,
  RuntimeTimeoutError,
} from "./errors.ts";
import type { Computed, ModelRuntime, RunLimits, ServedModel } from "./types.ts";

/** Units on chain have 40 bits. */
export const MAX_UNITS = 2 ** 40 - 1;

/** Holds a model to its limits of time, number and size, and gives whatever goes wrong a type. */
export function limitRuntime(runtime: ModelRuntime, limits: RunLimits): ServedModel {
  const limiter = new RunLimiter(runtime.name, limits);
  return {
    ...runtime,
    limits,
    async run(input, { signal, maxUnits }) {
      try {
        const work = (cut: AbortSignal) => runtime.run(input, { signal: cut, maxUnits });
        return checked(runtime.name, await limiter.run(work, signal), limits);
      } catch (cause) {
        if (cause instanceof BaseError) throw cause;
        throw new RuntimeFailedError("it threw", cause);
      }
    },
  };
}

function checked(name: string, computed: Computed, { outputBytes }: RunLimits): Computed {
  const { output, units } = computed;
  if (!(output instanceof Uint8Array)) throw new RuntimeOutputError(name, "it is not bytes");
  if (output.length > outputBytes) {
    throw new RuntimeOutputError(name, `it has ${output.length} bytes, over ${outputBytes}`);
  }
  if (!Number.isInteger(units) || units < 0 || units > MAX_UNITS) {
    throw new RuntimeOutputError(name, "its units are no 40-bit integer");
  }
  return computed;
}

/**
 * Owns how many runs of one model go on and wait. At most `waiting` wait; the next one is refused at once, so the caller
 * applies backpressure. A run that ignores its signal keeps its place until it ends, but nobody waits for it.
 */
export class RunLimiter {
  readonly #name: string;
  readonly #limits: Pick<RunLimits, "timeoutMs" | "concurrency" | "waiting">;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(name: string, limits: Pick<RunLimits, "timeoutMs" | "concurrency" | "waiting">) {
    this.#name = name;
    this.#limits = limits;
  }

  async run<T>(work: (signal: AbortSignal) => Promise<T> | T, signal: AbortSignal): Promise<T> {
    if (signal.aborted) throw new RuntimeAbortedError(this.#name, signal.reason);
    const { timeoutMs } = this.#limits;
    const stop = new AbortController();
    const cut = Promise.withResolvers<never>();
    cut.promise.catch(() => {});
    const end = (error: BaseError) => {
      // Before the signal, so that the caller sees this error and not what the work makes of it.
      cut.reject(error);
      stop.abort(error);
    };
    const abort = () => end(new RuntimeAbortedError(this.#name, signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    let timer: NodeJS.Timeout | undefined;
    try {
      await this.#enter(cut.promise);
      timer = setTimeout(() => end(new RuntimeTimeoutError(this.#name, timeoutMs)), timeoutMs);
      const working = (async () => work(stop.signal))();
      const leave = () => this.#leave();
      void working.then(leave, leave);
      return await Promise.race([working, cut.promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    }
  }

  async #enter(cut: Promise<never>): Promise<void> {
    const { concurrency, waiting } = this.#limits;
    if (this.#running < concurrency) {
      this.#running += 1;
      return;
    }
    if (this.#waiting.length >= waiting) {
      throw new RuntimeBusyError(this.#name, concurrency + waiting);
    }
    const turn = Promise.withResolvers<void>();
    this.#waiting.push(turn.resolve);
    try {
      await Promise.race([turn.promise, cut]);
    } catch (error) {
      const place = this.#waiting.indexOf(turn.resolve);
      // It may have been called up in the same moment: then its place goes to the next one.
      if (place >= 0) this.#waiting.splice(place, 1);
      else this.#leave();
      throw error;
    }
  }

  /** Hands the place on, or gives it up. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
