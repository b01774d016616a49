// SPDX-License-Identifier: MIT
// Circuit files that somebody made to hurt whoever proves with them.

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const I32 = 0x7f;

function uleb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function sleb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const byte = Number(rest & 127n);
    const isLast = rest >= -64n && rest < 64n;
    bytes.push(isLast ? byte : byte + 128);
    if (isLast) return bytes;
  }
}

function section(id: number, entries: readonly number[][]): number[] {
  const content = [...uleb(entries.length), ...entries.flat()];
  return [id, ...uleb(content.length), ...content];
}

function body(code: readonly number[]): number[] {
  return [...uleb(code.length), ...code];
}

/** Runs for ever as soon as it is instantiated. */
export function loopingWasm(): Uint8Array {
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, 0, 0]]),
    ...section(3, [[0]]),
    8,
    1,
    0,
    // loop, br 0
    ...section(10, [body([0, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b])]),
  ]);
}

/** Takes 16 MiB and writes to all of it, for ever, as soon as it is instantiated. */
export function growingWasm(): Uint8Array {
  const local = [1, 1, I32];
  const grown = [0x41, ...sleb(256n), 0x40, 0x00, 0x21, 0x00];
  const start = [0x20, 0x00, 0x41, 16, 0x74];
  const filled = [0x41, 1, 0x41, ...sleb(2n ** 24n), 0xfc, 0x0b, 0x00];
  // loop: local = memory.grow(256), memory.fill(local << 16, 1, 256 << 16), br 0
  const code = [...local, 0x03, 0x40, ...grown, ...start, ...filled, 0x0c, 0x00, 0x0b, 0x0b];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, 0, 0]]),
    ...section(3, [[0]]),
    ...section(5, [[0, 1]]),
    8,
    1,
    0,
    ...section(10, [body(code)]),
  ]);
}

/** Exports functions that answer with constants: JavaScript does not mind that they take no arguments. */
export function constantWasm(functions: Readonly<Record<string, number>>): Uint8Array {
  const names = Object.keys(functions);
  const text = (name: string) => [...uleb(name.length), ...Buffer.from(name)];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [[0x60, 0, 1, I32]]),
    ...section(
      3,
      names.map(() => [0]),
    ),
    ...section(
      7,
      names.map((name, index) => [...text(name), 0, ...uleb(index)]),
    ),
    ...section(
      10,
      Object.values(functions).map((value) => body([0, 0x41, ...sleb(BigInt(value)), 0x0b])),
    ),
  ]);
}

/** A circom 2 witness calculator by its exports; its witness has as many values as its header says. */
export function witnessWasm(witnessSize: number): Uint8Array {
  return constantWasm({
    getVersion: 2,
    getMinorVersion: 1,
    getPatchVersion: 6,
    getFieldNumLen32: 8,
    getRawPrime: 0,
    readSharedRWMemory: 1,
    writeSharedRWMemory: 0,
    getWitnessSize: witnessSize,
    getInputSize: 65,
    getInputSignalSize: 64,
    init: 0,
    setInputSignal: 0,
    getWitness: 0,
  });
}

/** Where a binary file of iden3's format has the content of a section. */
export function sectionOffset(file: Uint8Array, wanted: number): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let offset = 12;
  while (view.getUint32(offset, true) !== wanted) {
    offset += 12 + Number(view.getBigUint64(offset + 4, true));
  }
  return offset + 12;
}

/** A copy with 32-bit words replaced. */
export function withWords(file: Uint8Array, words: Readonly<Record<number, number>>): Uint8Array {
  const copy = Uint8Array.from(file);
  const view = new DataView(copy.buffer);
  for (const [offset, word] of Object.entries(words)) view.setUint32(Number(offset), word, true);
  return copy;
}
