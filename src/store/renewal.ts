// SPDX-License-Identifier: MIT
/**
 * Keeps what a server gives for a time only. The server's clock decides when that ends; here it is taken to end a fifth
 * earlier, counted from before it was asked for, so that this process stops before another one starts.
 */
import { setTimeout as delay } from "node:timers/promises";

const SAFE_SHARE = 0.8;
const RENEWALS_PER_TERM = 3;
const RETRIES_PER_TERM = 12;

export interface RenewalParameters {
  termMs: number;
  /** `performance.now()` before the first term was asked for. */
  askedAt: number;
  /** Asks for another term; `false` means that it is somebody else's now. */
  renew: () => Promise<boolean>;
  /** Why it is lost, for {@link Renewal.lost}. */
  reason: () => Error;
}

export interface Renewal {
  /** Fires a fifth of a term before it ends, if it was not renewed until then, or when it is somebody else's. */
  lost: AbortSignal;
  /** Asks for no further terms; `lost` does not fire any more. */
  stop(): void;
}

/** Renews until it is stopped or lost. */
export function startRenewal(parameters: RenewalParameters): Renewal {
  const { termMs, askedAt, renew, reason } = parameters;
  const lost = new AbortController();
  const stopped = new AbortController();
  let alarm: NodeJS.Timeout | undefined;
  const stop = () => {
    clearTimeout(alarm);
    stopped.abort();
  };
  const lose = () => {
    stop();
    lost.abort(reason());
  };
  const endAfter = (asked: number) => {
    clearTimeout(alarm);
    alarm = setTimeout(lose, Math.max(0, asked + termMs * SAFE_SHARE - performance.now()));
  };

  const run = async () => {
    let waitMs = termMs / RENEWALS_PER_TERM;
    while (!stopped.signal.aborted) {
      await delay(waitMs, undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      const asked = performance.now();
      try {
        const renewed = await renew();
        if (stopped.signal.aborted) return;
        if (!renewed) return lose();
        endAfter(asked);
        waitMs = termMs / RENEWALS_PER_TERM;
      } catch {
        // The alarm is set: it is lost if no attempt before then succeeds.
        waitMs = termMs / RETRIES_PER_TERM;
      }
    }
  };
  endAfter(askedAt);
  void run();
  return { lost: lost.signal, stop };
}
