// SPDX-License-Identifier: MIT
// Many views of contracts in one `eth_call`: as a deployment whose constructor makes the calls and yields what they return.
import { type Address, concat, type Hex, numberToHex, size } from "viem";

export interface Read {
  to: Address;
  data: Hex;
  /** How many words it returns. */
  words: number;
}

const WORD = 32;
/** Where calls are put together; no view of ours takes more. */
const SCRATCH_BYTES = 512;

/** Code whose memory, from `SCRATCH_BYTES` on, ends with a word that is 1 if all calls succeeded. */
export function codeOf(reads: readonly Read[]): Hex {
  const [push2, push20] = [0x61, 0x73];
  const op = (...codes: number[]): Hex =>
    concat(codes.map((code) => numberToHex(code, { size: 1 })));
  const push = (value: number): Hex => concat([op(push2), numberToHex(value, { size: 2 })]);
  const [AND, CODECOPY, MSTORE, GAS, STATICCALL, RETURN] = [0x16, 0x39, 0x52, 0x5a, 0xfa, 0xf3];
  const write = (dataOf: (index: number) => number): Hex => {
    let to = SCRATCH_BYTES;
    const calls = reads.map((read, index) => {
      const length = push(size(read.data));
      const copy = concat([length, push(dataOf(index)), push(0), op(CODECOPY)]);
      const place = concat([push(read.words * WORD), push(to), length, push(0)]);
      to += read.words * WORD;
      return concat([copy, place, op(push20), read.to, op(GAS, STATICCALL, AND)]);
    });
    const end = [push(to), op(MSTORE), push(to + WORD - SCRATCH_BYTES), push(SCRATCH_BYTES)];
    return concat([push(1), ...calls, ...end, op(RETURN)]);
  };
  // Every push has the same width, so the code is as long wherever the data is.
  const offsets: number[] = [];
  let offset = size(write(() => 0));
  for (const { data } of reads) {
    offsets.push(offset);
    offset += size(data);
  }
  return concat([write((index) => offsets[index] as number), ...reads.map(({ data }) => data)]);
}

/** The words that each read returned. */
export function wordsOf(reads: readonly Read[], returned: Hex): bigint[][] {
  const word = (index: number) => BigInt(`0x${returned.slice(2 + 64 * index, 66 + 64 * index)}`);
  let next = 0;
  const words = reads.map((read) => Array.from({ length: read.words }, () => word(next++)));
  if (word(next) !== 1n) throw new RangeError("a view reverted");
  return words;
}
