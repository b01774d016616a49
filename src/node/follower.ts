// SPDX-License-Identifier: MIT
/**
 * Owns the node's place in the chain. It polls for blocks and applies the contracts' events to the views, in order and
 * from the deployment's block on. When a block it has seen is replaced, the views are made again from the start.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Logger } from "pino";
import type { Hex } from "viem";
import { getBlock } from "viem/actions";

import { searchLogs } from "../client/logs.ts";
import { withCallErrors } from "../client/revert.ts";
import type { Chain } from "./chain.ts";
import { type ChainView, decodeEvents } from "./events.ts";
import { describeError } from "./log.ts";

/** The newest block that was followed. */
export interface Head {
  number: bigint;
  hash: Hex;
  /** Unix seconds: the node's only clock for deadlines. */
  timestamp: number;
}

export interface FollowerParameters {
  chain: Chain;
  views: readonly ChainView[];
  /** Called at every poll, also when there is no new block. */
  onHead: (head: Head) => void;
  pollingIntervalMs: number;
  logger: Logger;
  signal: AbortSignal;
}

const LONGEST_BACK_OFF_MS = 10_000;

export class Follower {
  readonly #parameters: FollowerParameters;
  #head: Head | undefined;

  constructor(parameters: FollowerParameters) {
    this.#parameters = parameters;
  }

  /** Follows until the signal; failures of the RPC are logged and waited out. */
  async run(): Promise<void> {
    const { pollingIntervalMs, logger, signal } = this.#parameters;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.sync();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        logger.warn(describeError(error), "the chain cannot be followed, will be tried again");
      }
      const wait = pollingIntervalMs * 2 ** Math.min(failures, 10);
      await sleep(Math.min(wait, LONGEST_BACK_OFF_MS), undefined, { signal }).catch(() => {
        // Only the signal ends a sleep early, and the loop's condition sees it.
      });
    }
  }

  /** Catches up with the newest block. */
  async sync(): Promise<void> {
    const { chain, views, onHead, logger, signal } = this.#parameters;
    const head = await this.#readBlock();
    if (this.#head !== undefined && !(await this.#isOnChain(this.#head, head))) {
      logger.warn({ block: String(this.#head.number) }, "the chain was reorganised, starting over");
      for (const view of views) view.reset();
      this.#head = undefined;
    }

    const fromBlock = this.#head === undefined ? chain.deployment.block : this.#head.number + 1n;
    if (fromBlock <= head.number) {
      const { market, disputeCourt, enclaveRegistry, nodeRegistry } = chain.deployment;
      const logs = await searchLogs(chain.client, {
        deployment: chain.deployment,
        addresses: [market, disputeCourt, enclaveRegistry, nodeRegistry],
        topics: [],
        fromBlock,
        toBlock: head.number,
        signal,
      });
      for (const event of decodeEvents(logs, chain.deployment)) {
        for (const view of views) view.apply(event);
      }
    }
    this.#head = head;
    if (!signal.aborted) onHead(head);
  }

  async #isOnChain(seen: Head, head: Head): Promise<boolean> {
    if (seen.hash === head.hash) return true;
    if (seen.number >= head.number) return false;
    return (await this.#readBlock(seen.number)).hash === seen.hash;
  }

  async #readBlock(blockNumber?: bigint): Promise<Head> {
    const { client } = this.#parameters.chain;
    const block = await withCallErrors(
      "eth_getBlockByNumber",
      getBlock(client, blockNumber === undefined ? { blockTag: "latest" } : { blockNumber }),
    );
    return { number: block.number, hash: block.hash, timestamp: Number(block.timestamp) };
  }
}
