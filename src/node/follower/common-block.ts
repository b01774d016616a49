// SPDX-License-Identifier: MIT
import type { BlockStore, Place } from "./block-store.ts";
import { readKnownBlock } from "./catch-up.ts";
import type { ChainSource } from "./chain-source.ts";
import { HeadStaleError } from "./errors.ts";
import type { BlockLink, ChainBlock } from "./types.ts";

export interface CommonBlockParameters {
  source: ChainSource;
  store: BlockStore;
  place: Place;
  head: ChainBlock;
  patienceMs: number;
  now: () => number;
}

/**
 * The newest stored block that the provider's chain has; undefined if it has none of them.
 *
 * @throws {HeadStaleError} if the provider is behind what was followed, and what a read throws.
 */
export async function findCommonBlock(
  parameters: CommonBlockParameters,
): Promise<BlockLink | undefined> {
  const { source, store, place, head, patienceMs, now } = parameters;
  const followed = place.block;
  if (followed === undefined) return undefined;
  const seen = await readSeen(source, head, followed.number);
  if (head.number >= followed.number) {
    source.behindSince = undefined;
    if (seen === followed.hash) return followed;
  }

  const stored = await store.readBlocks();
  if (head.number < followed.number) {
    if (seen === followed.hash) throw new HeadStaleError(head.number, followed.number);
    const atHead = stored.find(({ number }) => number === head.number);
    const isOlder = head.number < (stored[0]?.number ?? 0n);
    if (seen === undefined && (isOlder || atHead?.hash === head.hash)) {
      source.behindSince ??= now();
      if (isOlder || now() - source.behindSince < patienceMs)
        throw new HeadStaleError(head.number, followed.number);
    }
  }

  const candidates = stored.filter(({ number }) => number <= head.number);
  // What has a stored block has all before it: the last one is between `have` and `end`.
  let [have, end] = [0, candidates.length];
  while (have < end) {
    const middle = (have + end) >> 1;
    const candidate = candidates[middle];
    if (candidate === undefined) break;
    const { hash } = await readKnownBlockAt(source, head, candidate.number);
    if (hash === candidate.hash) have = middle + 1;
    else end = middle;
  }
  return candidates[have - 1];
}

/** What the provider has at this height, if it knows; the head tells of two heights without another read. */
async function readSeen(source: ChainSource, head: ChainBlock, number: bigint) {
  if (number === head.number) return head.hash;
  if (number === head.number - 1n) return head.parentHash;
  return (await source.readBlock(number))?.hash;
}

async function readKnownBlockAt(source: ChainSource, head: ChainBlock, number: bigint) {
  return number === head.number ? head : readKnownBlock(source, number);
}
