// SPDX-License-Identifier: MIT
/** Who waits for an intent, and who waits for the next look at the chain. */
import type { WriteReturnType } from "../../client/transact.ts";

/** What a wait ends with: a success, or that the intent must be looked at again. */
export type Settled = WriteReturnType | "again";

interface Waiter {
  resolve(settled: Settled): void;
  reject(error: unknown): void;
}

export class Waiters {
  readonly #byName = new Map<string, Waiter[]>();
  #ticks: (() => void)[] = [];

  /** The intents that somebody waits for. */
  names(): string[] {
    return [...this.#byName.keys()];
  }

  /** Resolves or rejects when the intent is mined. */
  settled(name: string): Promise<Settled> {
    return new Promise((resolve, reject) => {
      const waiters = this.#byName.get(name) ?? [];
      waiters.push({ resolve, reject });
      this.#byName.set(name, waiters);
    });
  }

  resolve(name: string, settled: Settled): void {
    for (const waiter of this.#take(name)) waiter.resolve(settled);
  }

  reject(name: string, error: unknown): void {
    for (const waiter of this.#take(name)) waiter.reject(error);
  }

  /** Resolves after the next look at the chain. */
  nextTick(): Promise<void> {
    return new Promise((resolve) => this.#ticks.push(resolve));
  }

  ticked(): void {
    const ticks = this.#ticks;
    this.#ticks = [];
    for (const resolve of ticks) resolve();
  }

  #take(name: string): Waiter[] {
    const waiters = this.#byName.get(name) ?? [];
    this.#byName.delete(name);
    return waiters;
  }
}
