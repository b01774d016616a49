// SPDX-License-Identifier: MIT
/** Reads the logs of our contracts in one block, and makes sure that none is missing. */
import type { Address } from "viem";

import { bloomOf, countBits, mayHave } from "./bloom.ts";
import type { ChainSource } from "./chain-source.ts";
import { LogsIncompleteError, ProviderError } from "./errors.ts";
import type { ChainBlock, ChainLog } from "./types.ts";

/**
 * Above it (about 160 logs) a block is crowded: its filter fits our addresses by chance, and reading it whole is dear.
 */
const CROWDED_BITS = 1_024;

/**
 * A block whose bloom filter leaves our contracts out has no log of them. Any other is read whole, and believed if its
 * logs make exactly the header's filter. Of a crowded block only our logs are read, twice from the first source and once
 * from the second, and believed if all answers are the same.
 *
 * @throws {LogsIncompleteError}, and what a read throws.
 */
export async function readBlockLogs(
  [source, second]: readonly [ChainSource, ChainSource | undefined],
  block: ChainBlock,
  addresses: readonly Address[],
): Promise<ChainLog[]> {
  if (!addresses.some((address) => mayHave(block.logsBloom, address))) return [];
  const sources = second === undefined ? [source, source] : [source, source, second];
  return countBits(block.logsBloom) > CROWDED_BITS
    ? readAgreed(sources, block, addresses)
    : readWhole(sources, block, addresses);
}

async function readWhole(
  sources: readonly ChainSource[],
  block: ChainBlock,
  addresses: readonly Address[],
): Promise<ChainLog[]> {
  for (const source of sources) {
    const logs = await readUnlessFailing(source, block);
    if (logs !== undefined && isWhole(logs, block))
      return logs.filter(({ address }) => addresses.includes(address));
  }
  throw new LogsIncompleteError(block.number);
}

async function readAgreed(
  sources: readonly ChainSource[],
  block: ChainBlock,
  addresses: readonly Address[],
): Promise<ChainLog[]> {
  const answers: ChainLog[][] = [];
  for (const source of sources) {
    const logs = await readUnlessFailing(source, block, addresses);
    if (logs !== undefined) answers.push(logs);
  }
  const [first, ...others] = answers;
  const agreed =
    first !== undefined &&
    others.length > 0 &&
    others.every((other) => isSame(other, first)) &&
    isOf(first, block);
  if (!agreed) throw new LogsIncompleteError(block.number);
  return first;
}

async function readUnlessFailing(
  source: ChainSource,
  { hash }: ChainBlock,
  addresses?: readonly Address[],
): Promise<ChainLog[] | undefined> {
  try {
    return await source.readLogs({ blocks: hash, ...(addresses && { addresses }) });
  } catch (error) {
    // Another source may answer; if none does, the block is not believed.
    if (error instanceof ProviderError) return undefined;
    throw error;
  }
}

/** Whether these are all logs of the block: numbered without a gap, and together the header's filter. */
function isWhole(logs: readonly ChainLog[], block: ChainBlock): boolean {
  return (
    isOf(logs, block) &&
    logs.every(({ logIndex }, at) => logIndex === at) &&
    Buffer.compare(bloomOf(logs), block.logsBloom) === 0
  );
}

/** Whether all logs name this block, each place once. */
function isOf(logs: readonly ChainLog[], { number, hash }: ChainBlock): boolean {
  const places = new Set(logs.map(({ logIndex }) => logIndex));
  return (
    places.size === logs.length &&
    logs.every((log) => log.blockNumber === number && log.blockHash === hash)
  );
}

/** Whether two answers are the same logs. */
export function isSame(some: readonly ChainLog[], others: readonly ChainLog[]): boolean {
  return toText(some) === toText(others);
}

function toText(logs: readonly ChainLog[]): string {
  return JSON.stringify(logs, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
