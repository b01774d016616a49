// SPDX-License-Identifier: MIT
// Many views of contracts in one `eth_call`: as a deployment whose constructor makes the calls and yields what they return.
import { type Address, type Hex, size } from "viem";

export interface Read {
  to: Address;
  data: Hex;
  /** How many words it returns. */
  words: number;
}

const WORD = 32;
/** Where calls are put together; no view of ours takes more. */
const SCRATCH_BYTES = 512;
/** Operations of the EVM, in hexadecimal. */
const OP = {
  AND: "16",
  CODECOPY: "39",
  MSTORE: "52",
  GAS: "5a",
  PUSH2: "61",
  PUSH20: "73",
  RETURN: "f3",
  STATICCALL: "fa",
} as const;

const push = (value: number): string => OP.PUSH2 + value.toString(16).padStart(4, "0");
const digits = (hex: Hex): string => hex.slice(2);

/** Code whose memory, from `SCRATCH_BYTES` on, ends with a word that is 1 if all calls succeeded. */
export function codeOf(reads: readonly Read[]): Hex {
  const callsAt = (dataStart: number): string => {
    let [from, to] = [dataStart, SCRATCH_BYTES];
    let code = push(1);
    for (const { to: contract, data, words } of reads) {
      const length = push(size(data));
      code += length + push(from) + push(0) + OP.CODECOPY;
      code += push(words * WORD) + push(to) + length + push(0);
      code += OP.PUSH20 + digits(contract) + OP.GAS + OP.STATICCALL + OP.AND;
      from += size(data);
      to += words * WORD;
    }
    const yielded = push(to + WORD - SCRATCH_BYTES) + push(SCRATCH_BYTES);
    return code + push(to) + OP.MSTORE + yielded + OP.RETURN;
  };
  // Every push has the same width, so the code is as long wherever the data is.
  const code = callsAt(callsAt(0).length / 2);
  return `0x${code}${reads.map(({ data }) => digits(data)).join("")}`;
}

/** The words that each read returned. */
export function wordsOf(reads: readonly Read[], returned: Hex): bigint[][] {
  const word = (index: number) => BigInt(`0x${returned.slice(2 + 64 * index, 66 + 64 * index)}`);
  let next = 0;
  const words = reads.map((read) => Array.from({ length: read.words }, () => word(next++)));
  if (word(next) !== 1n) throw new RangeError("a view reverted");
  return words;
}
