// SPDX-License-Identifier: MIT
/** The filter in a block's header that tells which addresses and topics its logs may have (Yellow Paper, 4.3.1). */
import { type Hex, hexToBytes, keccak256 } from "viem";

const BLOOM_BYTES = 256;

/** The three bits of an address or topic. */
function bitsOf(item: Hex): number[] {
  const hash = hexToBytes(keccak256(item));
  return [0, 2, 4].map((at) => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047);
}

const byteOf = (bit: number): number => BLOOM_BYTES - 1 - (bit >> 3);
const maskOf = (bit: number): number => 1 << (bit & 7);

/** Whether the logs may have this address or topic; if not, they have not. */
export function mayHave(bloom: Uint8Array, item: Hex): boolean {
  return bitsOf(item).every((bit) => ((bloom[byteOf(bit)] ?? 0) & maskOf(bit)) !== 0);
}

/** The filter of these logs. */
export function bloomOf(logs: Iterable<{ address: Hex; topics: readonly Hex[] }>): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES);
  for (const { address, topics } of logs) {
    for (const bit of [address, ...topics].flatMap(bitsOf)) {
      const at = byteOf(bit);
      bloom[at] = (bloom[at] ?? 0) | maskOf(bit);
    }
  }
  return bloom;
}

/** How many of the 2,048 bits are set. */
export function countBits(bloom: Uint8Array): number {
  let count = 0;
  for (const byte of bloom) for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
}
