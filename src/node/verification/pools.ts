// SPDX-License-Identifier: MIT
/**
 * Owns the claims to verification pools: the verification shares of a node's requests go to one drawn verification node, which
 * takes them here. One inference node is looked at per block, so that the work does not grow with their number.
 */
import { type Address, isAddressEqual, keccak256, zeroAddress } from "viem";

import { getChecker } from "../../client/actions/getChecker.ts";
import { getEarnings } from "../../client/actions/getEarnings.ts";
import { payPool } from "../../client/actions/payPool.ts";
import { EARNINGS_CONTRACTS, type EarningsContract } from "../../client/earnings.ts";
import { Role } from "../../protocol/node.ts";
import type { ChainEvent, ChainView } from "../events.ts";
import type { Head } from "../follower/index.ts";
import type { Shared } from "../shared.ts";
import type { Turns } from "./turns.ts";

/** The chain's memory of block hashes: an older draw must be fixed anew. */
const HASHES_KEPT = 8_191;

export class Pools implements ChainView {
  readonly #shared: Shared;
  readonly #turns: Turns;
  readonly #poolBlocks: number;
  readonly #nodes: Address[] = [];

  /** @param poolBlocks A pool is left to grow for so many blocks after its draw, so that shares are worth a transaction. */
  constructor(shared: Shared, turns: Turns, poolBlocks: number) {
    this.#shared = shared;
    this.#turns = turns;
    this.#poolBlocks = poolBlocks;
  }

  reset(): void {
    this.#nodes.length = 0;
  }

  apply(event: ChainEvent): void {
    if (event.eventName === "NodeRegistered" && event.args.role === Role.INFERENCE)
      this.#nodes.push(event.args.node);
  }

  onHead({ number }: Head): void {
    const node = this.#nodes[Number(number) % Math.max(1, this.#nodes.length)];
    if (node === undefined) return;
    for (const at of EARNINGS_CONTRACTS) {
      const look = () => this.#look(node, at, Number(number));
      this.#shared.quick.offer(`pool:${at}:${node}`, {}, look);
    }
  }

  async #look(node: Address, at: EarningsContract, block: number): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { client, deployment, address } = chain;
    const { pool, drawBlock } = await getEarnings(client, { deployment, node, at });
    if (pool === 0n || block <= drawBlock + this.#poolBlocks) return;
    const checker = await getChecker(client, { deployment, node, at });
    // A draw that missed its time, or found nobody, is fixed anew by whoever's turn it is.
    const isMissed = checker === zeroAddress && block > drawBlock + HASHES_KEPT;
    if (!isAddressEqual(checker, address)) {
      if (!isMissed || !this.#turns.isOwn(`pool:${at}`, keccak256(node))) return;
    }
    await sender.send(
      `payPool:${at}:${node}:${drawBlock}`,
      (wallet) => payPool(wallet, { deployment, node, at }),
      { from: "any" },
    );
    logger.info({ node, at, pool: isMissed ? 0n : pool }, "paid the pool of a node");
  }
}
