// SPDX-License-Identifier: MIT
// Reorganisations of a Hardhat chain: what was mined after a branch point is replaced by other blocks.
import { expect } from "chai";
import { type Client, type Hex, keccak256, numberToHex } from "viem";
import { getBlock, getBlockNumber, sendRawTransaction } from "viem/actions";

const ATTEMPTS = 5;

export interface BranchPoint {
  /** The block that both branches have. */
  readonly number: bigint;
  /**
   * Replaces all later blocks by `blocks` others, as many as there were if not given. Raw transactions are put into the
   * first of them, in their order. Returns how many blocks were replaced.
   */
  replace(options?: { blocks?: number; transactions?: readonly Hex[] }): Promise<number>;
}

/** Remembers the chain as it is now, so that it can branch off here later, once. */
export async function markBranchPoint(client: Client): Promise<BranchPoint> {
  const number = await getBlockNumber(client, { cacheTime: 0 });
  const snapshot = await ask<Hex>(client, "evm_snapshot");
  return {
    number,
    replace: async ({ blocks, transactions = [] } = {}) => {
      const depth = Number((await getBlockNumber(client, { cacheTime: 0 })) - number);
      const old = depth === 0 ? undefined : await getBlock(client, { blockNumber: number + 1n });
      const head = await getBlock(client);
      expect(await ask(client, "evm_revert", snapshot), "reverted").to.equal(true);

      const automine = await ask<boolean>(client, "hardhat_getAutomine");
      await ask(client, "evm_setAutomine", false);
      for (const serializedTransaction of transactions)
        await sendRawTransaction(client, { serializedTransaction });
      // Blocks of the same transactions and time would be the same blocks.
      await ask(client, "hardhat_setPrevRandao", keccak256(head.hash));
      await setTimestampAfter(client, head.timestamp);
      for (let mined = 0; mined < (blocks ?? Math.max(1, depth)); mined += 1)
        await ask(client, "evm_mine");
      await ask(client, "evm_setAutomine", automine);

      const replaced = await getBlock(client, { blockNumber: number + 1n });
      expect(replaced.hash, "another block").not.to.equal(old?.hash);
      return depth;
    },
  };
}

/** A chain that mines at intervals may mine at any moment, and takes no earlier time than that block's. */
async function setTimestampAfter(client: Client, timestamp: bigint): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { timestamp: newest } = await getBlock(client);
    const next = (newest > timestamp ? newest : timestamp) + 1n;
    try {
      return await ask(client, "evm_setNextBlockTimestamp", numberToHex(next));
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/** viem does not type the methods of test chains. */
function ask<T>(client: Client, method: string, ...params: unknown[]): Promise<T> {
  const request = client.request as (call: { method: string; params: unknown[] }) => Promise<T>;
  return request({ method, params });
}
