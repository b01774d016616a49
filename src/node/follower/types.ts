// SPDX-License-Identifier: MIT
import type { Logger } from "pino";
import type { Address, Client, Hex } from "viem";

import type { BaseError } from "../../protocol/errors.ts";
import type { Database } from "../../store/index.ts";
import type { Chain } from "../chain.ts";
import type { ChainView } from "../events.ts";

/** A block's place in the chain. */
export interface BlockLink {
  number: bigint;
  hash: Hex;
  parentHash: Hex;
  /** Unix seconds. */
  timestamp: number;
}

/** What the follower reads of a block. */
export interface ChainBlock extends BlockLink {
  /** 256 bytes: which addresses and topics the block's logs may have. */
  logsBloom: Uint8Array;
}

/** A log as the chain gave it, not yet decoded. Hex is lower case. */
export interface ChainLog {
  blockNumber: bigint;
  blockHash: Hex;
  transactionHash: Hex;
  logIndex: number;
  address: Address;
  topics: readonly Hex[];
  data: Hex;
}

/** The newest block that was followed, and how much of what is below it can be relied on. */
export interface Head {
  number: bigint;
  hash: Hex;
  /** Unix seconds: the node's only clock for deadlines. */
  timestamp: number;
  /** The newest confirmed block: money that a reorganisation could take away is not relied on above it. */
  confirmed: bigint;
  /** The newest final block: what ended at or below it may be forgotten. */
  final: bigint;
}

/** Why an answer of the RPC could not be used. */
export type RpcErrorKind =
  /** The provider asks for fewer calls. */
  | "rate-limited"
  | "timeout"
  | "unreachable"
  /** The call was answered with an error. */
  | "refused"
  /** The answer is no JSON, or lacks a field. */
  | "malformed"
  /** Answers that cannot all be of one chain; usually it was reorganised between them. */
  | "inconsistent"
  /** Logs that the block's bloom filter promises are missing. */
  | "incomplete"
  /** An old head. */
  | "stale"
  | "wrong-chain";

/** Whether the second provider has the same chain; `unavailable` if it does not answer. */
export type Agreement = "off" | "agreed" | "unavailable" | "disagreed";

/** What is measured of a follower. */
export interface FollowerStatistics {
  /** The last poll went well. */
  healthy: boolean;
  /** Why it did not. */
  failure: BaseError | undefined;
  head: Head | undefined;
  /** Blocks between the RPC's head and ours. */
  lag: number;
  rpcErrors: Readonly<Record<RpcErrorKind, number>>;
  /** Their number, and how many blocks the deepest one replaced. */
  reorganisations: Readonly<{ count: number; deepest: number }>;
  agreement: Agreement;
  /** Unix milliseconds of the end of the last poll that went well. */
  lastPollAt: number | undefined;
}

export interface FollowerParameters {
  database: Database;
  chain: Pick<Chain, "deployment" | "isLocal">;
  /** See `createProvider`; the second one stands in for the first, and must have the same chain. */
  providers: readonly [Client, (Client | undefined)?];
  views: readonly ChainView[];
  /** Called at every poll, also when there is no new block. */
  onHead: (head: Head) => void;
  pollingIntervalMs: number;
  logger: Logger;
  signal: AbortSignal;
  /** How far below the head a block is confirmed. Default 0 on local chains, 2 elsewhere. */
  confirmations?: number;
  /** How many of the newest blocks are kept: a deeper reorganisation starts over. Default 256, at least 128. */
  keptBlocks?: number;
  /** Blocks per call and transaction while far behind. Default 10,000. */
  blockRange?: number;
  /** How long an RPC may not know our newest block before the chain is taken to have lost it. Default 60,000. */
  patienceMs?: number;
  /** First wait before a failed read is tried again. Default 200. */
  retryDelayMs?: number;
  /** Unix milliseconds. */
  now?: () => number;
  /** From 0 to 1: spreads retries. */
  random?: () => number;
}
