// SPDX-License-Identifier: MIT
import type { Logger } from "pino";
import type { Address, Hex } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";

import type { Database, Queryable } from "../../store/database.ts";
import type { ChainClient } from "../chain.ts";

/**
 * `planned`: decided, not signed. `signed`: may be mined at any time. `mined`: in a block that may still be replaced.
 * `final`: cannot be undone. `failed`: its revert cannot be undone.
 */
export type IntentState = "planned" | "signed" | "mined" | "final" | "failed";

/** One transaction of an action, from the decision on. */
export interface Intent {
  /** `<action>/<n>`: never used for anything else. */
  name: string;
  sender: Address;
  recipient: Address;
  data: Hex;
  functionName: string;
  gas: bigint;
  /** Once signed. */
  nonce: bigint | undefined;
  state: IntentState;
  blockNumber: bigint | undefined;
  blockHash: Hex | undefined;
  minedHash: Hex | undefined;
  /** Set if it was mined and reverted. */
  failure: string | undefined;
}

/** What is written before anything is signed. */
export type Plan = Pick<Intent, "name" | "sender" | "recipient" | "data" | "functionName" | "gas">;

/** What a transaction pays per gas, wei. */
export interface Fees {
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
}

/** One signed form of an intent: the same call and nonce, at some price. */
export interface SignedForm extends Fees {
  hash: Hex;
  raw: Hex;
  /** Unix milliseconds. */
  signedAt: number;
}

/** An intent that holds a nonce, with its signed forms from the cheapest to the dearest. */
export interface OpenIntent extends Intent {
  nonce: bigint;
  forms: SignedForm[];
}

/** A block that the node follows. */
export interface SeenHead {
  number: bigint;
  hash: Hex;
}

export interface SenderParameters {
  /** The chain, with the node's own key. */
  client: ChainClient;
  /** More keys, which only pay for gas. */
  gasPayers?: readonly PrivateKeyAccount[];
  chainId: number;
  database: Database;
  logger: Logger;
  /** Throws, in the transaction that is about to write, if another process is to do so. Default: nobody else is. */
  assertHeld?: (transaction: Queryable) => Promise<void>;
  /** Wei; above it transactions wait. Default: no limit. */
  maxFeePerGas?: bigint;
  /** A transaction that could be mined and is not for so long is sent at a higher price. Default 60,000. */
  stuckAfterMs?: number;
  /** Default 30,000. */
  rebroadcastEveryMs?: number;
  /** How often the chain is looked at if no new head is told. Default 4,000. */
  tickMs?: number;
  /** Default `Date.now`. */
  now?: () => number;
}

export interface SendOptions {
  /** `any` takes the key with the least under way. Default `node`. */
  from?: "node" | "any";
  /**
   * From when on a transaction that was mined and reverted may be sent anew. Before its block is final a reorganisation may
   * turn the revert into a success: `confirmed` is for calls which the contract itself takes only once. Default `final`.
   */
  retry?: "final" | "confirmed";
}

/** For calls that the contract itself takes only once: a revert is tried again as soon as it is confirmed. */
export const ONCE: SendOptions = { retry: "confirmed" };

/** Numbers for metrics. Counters start with the process. */
export interface SenderStatistics {
  open: readonly { sender: Address; state: IntentState; count: number }[];
  /** How long the oldest intent that is not mined has waited; zero if there is none. */
  oldestMs: number;
  replacements: number;
  rebroadcasts: number;
  reverted: number;
  noncesFilled: number;
  gasSpentWei: bigint;
}

/** The counters of {@link SenderStatistics}. */
export type Counters = Pick<
  SenderStatistics,
  "replacements" | "rebroadcasts" | "reverted" | "noncesFilled" | "gasSpentWei"
>;

export interface SenderHealth {
  healthy: boolean;
  /** What keeps transactions from being mined, one line each. */
  problems: readonly string[];
}
