// SPDX-License-Identifier: MIT
/** The chain at one moment: what a look at the open intents goes by. */
import { BlockNotFoundError, type Hex } from "viem";
import { estimateMaxPriorityFeePerGas, getBlock } from "viem/actions";

import { RpcFailedError } from "../../client/errors.ts";
import { toCallError, withCallErrors } from "../../client/revert.ts";
import type { ChainClient } from "../chain.ts";
import type { Market } from "./fees.ts";
import type { BlockHashes } from "./receipts.ts";
import type { SeenHead } from "./types.ts";

/** What the follower told. */
export interface ToldHead {
  head: SeenHead;
  confirmedNumber: bigint;
  finalNumber: bigint;
}

export interface View {
  number: bigint;
  hash: Hex;
  baseFee: bigint;
  /** The newest block that cannot be replaced; undefined if none is known. */
  final: bigint | undefined;
  /** Whether there is a block that the last look did not see. */
  isNewer: boolean;
  /** The chain's block hashes, each asked for once. */
  blockHashes: BlockHashes;
  /** What the chain asks for gas, asked for once. */
  market(): Promise<Market>;
}

/**
 * Looks at the chain.
 *
 * @throws {RpcFailedError} also if the RPC is behind the head that was told: its counts would be those of another time.
 */
export async function readView(
  client: ChainClient,
  told: ToldHead | undefined,
  last: View | undefined,
): Promise<View> {
  const block = await withCallErrors("eth_getBlockByNumber", getBlock(client));
  const { number, hash } = block;
  if (told !== undefined && number < told.head.number) {
    const reason = `The newest block is ${number}, but ${told.head.number} was seen.`;
    throw new RpcFailedError("eth_getBlockByNumber", reason, undefined);
  }
  const baseFee = block.baseFeePerGas ?? 0n;
  const hashes = new Map<bigint, Promise<Hex | undefined>>([[number, Promise.resolve(hash)]]);
  let tip: Promise<bigint> | undefined;
  return {
    number,
    hash,
    baseFee,
    final: told?.finalNumber,
    isNewer: last !== undefined && number > last.number,
    blockHashes: (asked) => {
      const known = hashes.get(asked) ?? readHash(client, asked);
      hashes.set(asked, known);
      return known;
    },
    market: async () => ({ baseFee, tip: await (tip ??= readTip(client)) }),
  };
}

/** What the chain asks for gas now. */
export async function readMarket(client: ChainClient): Promise<Market> {
  const block = withCallErrors("eth_getBlockByNumber", getBlock(client));
  const [{ baseFeePerGas }, tip] = await Promise.all([block, readTip(client)]);
  return { baseFee: baseFeePerGas ?? 0n, tip };
}

function readTip(client: ChainClient): Promise<bigint> {
  return withCallErrors("eth_maxPriorityFeePerGas", estimateMaxPriorityFeePerGas(client));
}

export async function readHash(client: ChainClient, number: bigint): Promise<Hex | undefined> {
  try {
    return (await getBlock(client, { blockNumber: number })).hash;
  } catch (error) {
    if (error instanceof BlockNotFoundError) return undefined;
    throw toCallError("eth_getBlockByNumber", error);
  }
}
