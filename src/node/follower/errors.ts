// SPDX-License-Identifier: MIT
import { BaseError } from "../../protocol/errors.ts";
import type { RpcErrorKind } from "./types.ts";

/** A provider's answer cannot be used; another one's may. */
export abstract class ProviderError extends BaseError {
  abstract readonly kind: RpcErrorKind;
}

/** A read failed at the provider. Neither its URL nor its words are shown: both may hold a key. */
export class ProviderReadError extends ProviderError {
  override readonly code = "FOLLOW-001";
  override readonly kind: RpcErrorKind;
  /** How long the provider wants to be left alone. */
  readonly retryAfterMs: number;
  constructor(
    method: string,
    failure: { kind: RpcErrorKind; retryAfterMs: number; cause?: unknown },
  ) {
    super(`${method} failed (${failure.kind}). It is tried again; if it goes on, check the RPC.`, {
      cause: failure.cause,
    });
    this.kind = failure.kind;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** The chain has another first block than the one whose events are stored. */
export class GenesisChangedError extends ProviderError {
  override readonly code = "FOLLOW-002";
  override readonly kind = "wrong-chain";
  constructor(found: string, stored: string) {
    super(
      "The RPC's chain is not the one in the node's database: a local chain was restarted, or the URL is another chain's. " +
        "Use the old chain, or an empty folder or schema and a new deployment.",
      { details: [`first block: ${found}`, `in the database: ${stored}`] },
    );
  }
}

/** The provider serves another chain than the deployment is on. */
export class ProviderChainError extends ProviderError {
  override readonly code = "FOLLOW-008";
  override readonly kind = "wrong-chain";
  constructor(chainId: number, expected: number) {
    super(`The RPC serves chain ${chainId}, the deployment is on ${expected}. Use its RPC.`);
  }
}

/** Answers that cannot all be of one chain. */
export class AnswersInconsistentError extends ProviderError {
  override readonly code = "FOLLOW-003";
  override readonly kind = "inconsistent";
  constructor(block: bigint, reason: string) {
    super(`The RPC's answers about block ${block} do not fit together: ${reason}. Asking again.`);
  }
}

/** Logs are missing that the block has by its header. */
export class LogsIncompleteError extends ProviderError {
  override readonly code = "FOLLOW-004";
  override readonly kind = "incomplete";
  constructor(block: bigint) {
    super(`The logs of block ${block} are not those of its header. Asking again; use another RPC.`);
  }
}

/** The provider's head is older than what was followed. */
export class HeadStaleError extends ProviderError {
  override readonly code = "FOLLOW-005";
  override readonly kind = "stale";
  constructor(head: bigint, followed: bigint) {
    super(`The RPC's head is block ${head}, ${followed} was followed already. Waiting for it.`);
  }
}

/** Two providers have different blocks where the chain should be settled. */
export class ProvidersDisagreeError extends BaseError {
  override readonly code = "FOLLOW-006";
  readonly blockNumber: bigint;
  constructor(blockNumber: bigint, first: string, second: string) {
    super(
      `The two RPCs disagree about block ${blockNumber}. Nothing after it is believed; find out which one is wrong.`,
      { details: [`one: ${first}`, `the other: ${second}`] },
    );
    this.blockNumber = blockNumber;
  }
}

/** Fewer kept blocks than an ordinary reorganisation may replace, or another number that makes no sense. */
export class FollowerOptionError extends BaseError {
  override readonly code = "FOLLOW-007";
  constructor(name: string, least: number) {
    super(`\`${name}\` must be a whole number, ${least} or more.`);
  }
}
