// SPDX-License-Identifier: MIT

/** Wakes the one who waits; a ring that nobody waits for is kept for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves after a ring, when the time is over or when the signal is aborted. */
  async wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (!this.#rung && signal?.aborted !== true) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, milliseconds);
      const onAbort = () => resolve();
      signal?.addEventListener("abort", onAbort);
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
    this.#rung = false;
  }
}
