// SPDX-License-Identifier: MIT
import * as poseidon from "poseidon-lite";
import { concatHex, keccak256, numberToHex, stringToHex, type Hex } from "viem";

import { ModelFormatError, SignalRangeError } from "./errors.ts";
import type { QuantisedModel } from "./model.ts";
import { assertInput } from "./runtime.ts";

/** The order of BN254's scalar field: every public signal is below it. */
export const FIELD_ORDER =
  21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Bits that always fit a field element, whatever their values. */
const WORD_BITS = 253;

/** Bytes of an output that share one signal: they fit it whatever their values. */
const CHUNK_BYTES = 31;

/** The widest Poseidon that circomlib has constants for. */
const POSEIDON_INPUTS = 16;

/** Names the encoding of {@link weightsCommitment}; changed whenever the encoding changes. */
const WEIGHTS_DOMAIN = "assay/quantised-classifier/1";

/** How many input values share one field element. */
export function valuesPerWord(bits: number): number {
  return Math.floor(WORD_BITS / bits);
}

/** Packs input values into field elements, the first value in the lowest bits. */
export function packInput(input: Uint8Array, bits: number): bigint[] {
  const perWord = valuesPerWord(bits);
  const words: bigint[] = [];
  for (let start = 0; start < input.length; start += perWord) {
    const values = input.subarray(start, start + perWord);
    words.push(values.reduceRight((word, value) => (word << BigInt(bits)) | BigInt(value), 0n));
  }
  return words;
}

/** Poseidon with circomlib's constants, over 1 to 16 field elements. */
function poseidonHash(words: bigint[]): bigint {
  const hashes: Record<string, ((inputs: bigint[]) => bigint) | undefined> = poseidon;
  const hash = hashes[`poseidon${words.length}`];
  if (hash === undefined) {
    throw new ModelFormatError("input", `at most ${POSEIDON_INPUTS} packed field elements`);
  }
  return hash(words);
}

/**
 * Commits to an input as the circuit does: Poseidon over the packed values. Always below {@link
 * FIELD_ORDER}.
 *
 * @dev Warning: it hides nothing. An input of few possible values can be found by trying them.
 */
export function commitInput(model: QuantisedModel, input: Uint8Array): Hex {
  assertInput(model, input);
  return numberToHex(poseidonHash(packInput(input, model.input.bits)), { size: 32 });
}

/** The output in chunks of 31 bytes; the last one may be shorter. */
function chunksOf(output: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(output.length / CHUNK_BYTES) }, (_, index) =>
    output.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES),
  );
}

/**
 * Whether no other output has the same signals: it is not empty, and its last chunk has no leading
 * zeros (a zero is one zero byte), because an integer does not tell how many bytes it had.
 */
export function isCanonicalOutput(output: Uint8Array): boolean {
  const last = chunksOf(output).at(-1);
  return last !== undefined && (last.length === 1 || last[0] !== 0);
}

/**
 * The output signals of the circuit: chunks of 31 bytes, each a big-endian integer.
 *
 * @throws {SignalRangeError} when other outputs have the same signals, see {@link isCanonicalOutput}.
 */
export function outputSignals(output: Uint8Array): bigint[] {
  if (!isCanonicalOutput(output)) {
    throw new SignalRangeError("output", "not empty, no leading zeros in its last 31-byte chunk");
  }
  return chunksOf(output).map((chunk) =>
    chunk.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n),
  );
}

function uint32(value: number): Hex {
  return numberToHex(value, { size: 4 });
}

/**
 * Commits to the whole integer function: domain, input shape, then every layer with its shift,
 * width, biases and weights, all fixed-width big-endian. Name, version and accuracy are labels and
 * take no part.
 */
export function weightsCommitment(model: QuantisedModel): Hex {
  const parts: Hex[] = [
    stringToHex(WEIGHTS_DOMAIN),
    uint32(model.input.length),
    uint32(model.input.bits),
    uint32(model.layers.length),
  ];
  for (const { weights, bias, shift, activationBits } of model.layers) {
    parts.push(uint32(weights[0]?.length ?? 0), uint32(bias.length));
    parts.push(uint32(shift), uint32(activationBits ?? 0));
    parts.push(...bias.map((value) => numberToHex(value, { size: 4, signed: true })));
    parts.push(...weights.flat().map((value) => numberToHex(value, { size: 1, signed: true })));
  }
  return keccak256(concatHex(parts));
}
