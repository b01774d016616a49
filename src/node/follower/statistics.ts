// SPDX-License-Identifier: MIT
import type { BaseError } from "../../protocol/errors.ts";
import type { Agreement, FollowerStatistics, Head, RpcErrorKind } from "./types.ts";

/** Counts what a follower sees. */
export class StatisticsBook {
  readonly #rpcErrors: Record<RpcErrorKind, number> = {
    "rate-limited": 0,
    timeout: 0,
    unreachable: 0,
    refused: 0,
    malformed: 0,
    inconsistent: 0,
    incomplete: 0,
    stale: 0,
    "wrong-chain": 0,
  };
  #reorganisations = { count: 0, deepest: 0 };
  #rpcHead = 0n;
  #lastPollAt: number | undefined;
  #failure: BaseError | undefined;

  countError(kind: RpcErrorKind): void {
    this.#rpcErrors[kind] += 1;
  }

  countReorganisation(depth: number): void {
    const { count, deepest } = this.#reorganisations;
    this.#reorganisations = { count: count + 1, deepest: Math.max(deepest, depth) };
  }

  seeHead(number: bigint): void {
    this.#rpcHead = number;
  }

  succeed(time: number): void {
    this.#lastPollAt = time;
    this.#failure = undefined;
  }

  fail(failure: BaseError): void {
    this.#failure = failure;
  }

  read(head: Head | undefined, agreement: Agreement): FollowerStatistics {
    const lag = this.#rpcHead - (head?.number ?? 0n);
    return {
      healthy: this.#failure === undefined && this.#lastPollAt !== undefined,
      failure: this.#failure,
      head,
      lag: lag > 0n ? Number(lag) : 0,
      rpcErrors: { ...this.#rpcErrors },
      reorganisations: this.#reorganisations,
      agreement,
      lastPollAt: this.#lastPollAt,
    };
  }
}
