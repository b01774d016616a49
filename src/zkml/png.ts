// SPDX-License-Identifier: MIT
import { PNG } from "pngjs";

import { ImageFormatError } from "./errors.ts";
import type { GreyPicture } from "./pgm.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/**
 * Signature, chunk length, "IHDR", width, height, depth, colour type, compression, filter,
 * interlace.
 */
const HEADER_BYTES = 29;
const INTERLACE_OFFSET = 28;
const WHITE = 255;

/** Whether the bytes start like a PNG. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, index) => bytes[index] === byte);
}

/**
 * Reads the size of a PNG, so that it is known before anything is decompressed.
 *
 * @throws {ImageFormatError} for a truncated header, and for an interlaced PNG, whose decompressed
 * size the decoder does not bound.
 */
export function readPngHeader(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < HEADER_BYTES) throw new ImageFormatError("the PNG header is truncated");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(INTERLACE_OFFSET) !== 0) throw new ImageFormatError("the PNG is interlaced");
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/**
 * Decodes a PNG whose header was read: grey is the mean of the three colours, on white paper where
 * it is transparent.
 *
 * @throws {ImageFormatError}
 */
export function readPng(bytes: Uint8Array): GreyPicture {
  let decoded: PNG;
  try {
    decoded = PNG.sync.read(Buffer.from(bytes));
  } catch (cause) {
    throw new ImageFormatError("the PNG is damaged", cause);
  }
  const { width, height, data } = decoded;
  const pixels = new Float64Array(width * height);
  for (let index = 0; index < pixels.length; index++) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(index * 4, index * 4 + 4);
    const grey = (red + green + blue) / 3;
    pixels[index] = (grey * alpha + WHITE * (WHITE - alpha)) / WHITE;
  }
  return { width, height, white: WHITE, pixels };
}
