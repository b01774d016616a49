// SPDX-License-Identifier: MIT
/** Reads a run of blocks with the events of our contracts, and checks that it fits what is stored. */
import type { Address } from "viem";

import type { Place } from "./block-store.ts";
import { isSame, readBlockLogs } from "./block-logs.ts";
import { mayHave } from "./bloom.ts";
import type { ChainSource } from "./chain-source.ts";
import { AnswersInconsistentError, LogsIncompleteError, ProviderError } from "./errors.ts";
import type { BlockLink, ChainBlock, ChainLog } from "./types.ts";

/** Reads under way at once. */
const PARALLEL = 8;

/** What one transaction stores. */
export interface Run {
  blocks: readonly BlockLink[];
  logs: readonly ChainLog[];
}

export interface RunParameters {
  sources: readonly [ChainSource, ChainSource | undefined];
  /** What is stored: the run comes right after it. */
  place: Place;
  to: bigint;
  addresses: readonly Address[];
  isLocal: boolean;
}

/**
 * Reads every header and every block's logs.
 *
 * @throws {AnswersInconsistentError} or {@link LogsIncompleteError}, and what a read throws.
 */
export async function readNearRun(parameters: RunParameters & { head: ChainBlock }): Promise<Run> {
  const { sources, place, to, addresses, head, isLocal } = parameters;
  const [source] = sources;
  const from = place.followedTo + 1n;
  const numbers = Array.from({ length: Number(to - from) + 1 }, (_, at) => from + BigInt(at));
  const blocks = await inBatches(numbers, (number) =>
    number === head.number ? Promise.resolve(head) : readKnownBlock(source, number),
  );
  let parent: BlockLink | undefined = place.block;
  for (const block of blocks) {
    await checkLink(source, parent, block, isLocal);
    parent = block;
  }
  const announced = await readAnnounced(source, blocks, addresses);
  const found = await inBatches(blocks, (block) => readBlockLogs(sources, block, addresses));
  const logs = found.flat();
  const places = new Set(logs.map(placeOf));
  // A log that repeats another one of its block does not show in the bloom filter.
  const missing = announced.find((log) => !places.has(placeOf(log)));
  if (missing !== undefined) throw new LogsIncompleteError(missing.blockNumber);
  return { blocks, logs };
}

/**
 * Reads blocks that nobody will replace any more: the last header, and the logs of all of them at once, from two sources
 * or twice from one.
 *
 * @throws {AnswersInconsistentError} or {@link LogsIncompleteError}, and what a read throws.
 */
export async function readFarRun(parameters: RunParameters): Promise<Run> {
  const { sources, place, to, addresses, isLocal } = parameters;
  const [source, second = source] = sources;
  const from = place.followedTo + 1n;
  await checkLink(source, place.block, await readKnownBlock(source, from), isLocal);
  const last = await readKnownBlock(source, to);

  const filter = { blocks: { from, to }, addresses };
  const logs = await source.readLogs(filter);
  const again = await second.readLogs(filter).catch((error: unknown) => {
    if (second !== source && error instanceof ProviderError) return source.readLogs(filter);
    throw error;
  });
  const places = new Set(logs.map(placeOf));
  const fits = ({ address, blockNumber, blockHash }: ChainLog): boolean =>
    blockNumber >= from &&
    blockNumber <= to &&
    (blockNumber !== to || blockHash === last.hash) &&
    addresses.includes(address);
  if (!isSame(logs, again) || places.size !== logs.length || !logs.every(fits))
    throw new LogsIncompleteError(to);
  return { blocks: [last], logs };
}

/** A chain without bloom filters would look as if nothing happened on it: its logs must be announced by them. */
async function readAnnounced(
  source: ChainSource,
  blocks: readonly ChainBlock[],
  addresses: readonly Address[],
): Promise<ChainLog[]> {
  const [first, last] = [blocks[0], blocks.at(-1)];
  if (first === undefined || last === undefined) return [];
  const filter = { blocks: { from: first.number, to: last.number }, addresses };
  const logs = await source.readLogs(filter);
  for (const { blockNumber, blockHash, address } of logs) {
    const block = blocks[Number(blockNumber - first.number)];
    if (block?.hash !== blockHash)
      throw new AnswersInconsistentError(blockNumber, "a log is of another block");
    if (!mayHave(block.logsBloom, address)) throw new LogsIncompleteError(blockNumber);
  }
  return logs;
}

const placeOf = ({ blockNumber, logIndex }: ChainLog): string => `${blockNumber}:${logIndex}`;

/** Every block names the one before it; only blocks that `hardhat_mine` makes in bulk name others, and stay where they are. */
async function checkLink(
  source: ChainSource,
  parent: BlockLink | undefined,
  block: BlockLink,
  isLocal: boolean,
): Promise<void> {
  if (parent === undefined || parent.hash === block.parentHash) return;
  if (isLocal && (await readKnownBlock(source, parent.number)).hash === parent.hash) return;
  throw new AnswersInconsistentError(block.number, "it does not name the block before it");
}

/** A block that the provider must have, since it has a newer one. */
export async function readKnownBlock(source: ChainSource, number: bigint): Promise<ChainBlock> {
  const block = await source.readBlock(number);
  if (block?.number !== number)
    throw new AnswersInconsistentError(number, "it is missing below the head");
  return block;
}

async function inBatches<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += PARALLEL)
    results.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(run))));
  return results;
}
