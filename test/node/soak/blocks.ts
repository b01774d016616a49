// SPDX-License-Identifier: MIT
// Makes the blocks of a soak one by one, and replaces some of them. What was in a replaced block goes back to the pool or is
// forgotten by the chain, as on real ones.
import { BaseError as ViemError, type Hex, keccak256, serializeTransaction } from "viem";

import { seeded } from "../../support/seeded.ts";
import { type BranchPoint, markBranchPoint } from "../../support/reorg.ts";
import type { World } from "../world.ts";

const EVERY = 50;
const SHALLOW = [1, 2, 3] as const;
const DEEP = 64;
/** The third of eight is deep. */
const CYCLE = 8;
const DEEP_AT = 3;

export interface BlocksParameters {
  world: World;
  seed: number;
  /** Between two blocks. */
  everyMs: number;
  /** By which the next block is later than the last one; at least 1. */
  seconds: () => number;
  /** Told after blocks were replaced; how many were. */
  onReplaced: (depth: number) => void;
}

/** A reorganisation that is prepared: the count of mined blocks at which it comes. */
interface Prepared {
  at: number;
  branch: BranchPoint;
}

export class Blocks {
  readonly #parameters: BlocksParameters;
  readonly #random: () => number;
  readonly #depths = new Map<number, number>();
  #prepared: Prepared[] = [];
  #stopped = false;
  #running: Promise<void> | undefined;
  /** Blocks mined, those replaced included. */
  mined = 0;
  /** Whether there are reorganisations. */
  isCalm = false;
  reorganisations = 0;
  deepest = 0;
  /** Transactions of replaced blocks that were put back, and that were not. */
  readonly transactions = { returned: 0, forgotten: 0 };

  constructor(parameters: BlocksParameters) {
    this.#parameters = parameters;
    this.#random = seeded(parameters.seed);
  }

  /** From here no block comes by itself. */
  async start(): Promise<void> {
    const { chain } = this.#parameters.world;
    await chain.setAutomine(false);
    await chain.setIntervalMining({ interval: 0 });
    this.#running = this.#run();
    this.#running.catch(() => {});
  }

  /** Rejects if blocks cannot be made. */
  get running(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs, onReplaced } = this.#parameters;
    while (!this.#stopped) {
      const next = performance.now() + everyMs;
      await this.#prepare();
      await this.#mine();
      const due = this.#prepared.at(-1);
      if (due !== undefined && this.mined >= due.at && !this.isCalm) {
        this.#prepared.pop();
        const depth = await this.#replace(due.branch);
        onReplaced(depth);
      }
      const left = next - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)));
    }
  }

  /** Marks where reorganisations that come later branch off: a deep one before the one in between. */
  async #prepare(): Promise<void> {
    if (this.isCalm) return;
    const next = Math.floor(this.mined / EVERY) + 1;
    for (const number of [next + 1, next]) {
      const at = number * EVERY;
      if (this.mined !== at - this.#depthOf(number)) continue;
      this.#prepared.push({ at, branch: await markBranchPoint(this.#parameters.world.chain) });
    }
  }

  #depthOf(number: number): number {
    const known = this.#depths.get(number);
    if (known !== undefined) return known;
    const shallow = SHALLOW[Math.floor(this.#random() * SHALLOW.length)] ?? 1;
    const depth = number % CYCLE === DEEP_AT ? DEEP : shallow;
    this.#depths.set(number, depth);
    return depth;
  }

  async #mine(): Promise<void> {
    const { world, seconds } = this.#parameters;
    const { timestamp } = await world.chain.getBlock();
    await world.chain.setNextBlockTimestamp({ timestamp: timestamp + BigInt(seconds()) });
    await world.chain.mine({ blocks: 1 });
    this.mined += 1;
  }

  async #replace(branch: BranchPoint): Promise<number> {
    const { chain } = this.#parameters.world;
    const raw = await this.#transactionsAbove(branch.number);
    const depth = await branch.replace();
    // Every other time, and after a deep one first, the chain forgets some of them.
    const forgetful = this.reorganisations % 2 === 0;
    for (const serializedTransaction of raw) {
      if (forgetful && this.#random() < 0.5) {
        this.transactions.forgotten += 1;
        continue;
      }
      try {
        await chain.sendRawTransaction({ serializedTransaction });
        this.transactions.returned += 1;
      } catch (error) {
        // It was in the pool before its block, and is again.
        if (!(error instanceof ViemError)) throw error;
      }
    }
    this.reorganisations += 1;
    this.deepest = Math.max(this.deepest, depth);
    return depth;
  }

  /** The signed bytes of what is mined above a block, in their order. */
  async #transactionsAbove(number: bigint): Promise<Hex[]> {
    const { chain } = this.#parameters.world;
    const raw: Hex[] = [];
    const head = await chain.getBlockNumber({ cacheTime: 0 });
    for (let blockNumber = number + 1n; blockNumber <= head; blockNumber += 1n) {
      const { transactions } = await chain.getBlock({ blockNumber, includeTransactions: true });
      for (const transaction of transactions) {
        if (transaction.type !== "eip1559") continue;
        const { chainId, nonce, gas, to, value, input, accessList, r, s, yParity } = transaction;
        const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
        const bytes = serializeTransaction(
          {
            type: "eip1559",
            chainId,
            nonce,
            gas,
            to,
            value,
            data: input,
            accessList,
            maxFeePerGas,
            maxPriorityFeePerGas,
          },
          { r, s, yParity },
        );
        if (keccak256(bytes) !== transaction.hash) throw new RangeError("other bytes");
        raw.push(bytes);
      }
    }
    return raw;
  }
}
