// SPDX-License-Identifier: MIT
import { ImageFormatError } from "./errors.ts";

/** A picture in grey: brightness from 0 to `white`, row by row. */
export interface GreyPicture {
  width: number;
  height: number;
  white: number;
  pixels: ArrayLike<number>;
}

/** The three numbers of a PGM header, and where the pixels start. */
export interface PgmHeader {
  width: number;
  height: number;
  white: number;
  isText: boolean;
  offset: number;
}

const HEADER_BYTES = 1_024;
/** White space and comments between two words of the header. */
const GAP = String.raw`(?:\s|#[^\n\r]*[\n\r])+`;
const NUMBER = String.raw`(\d{1,9})`;
const HEADER = new RegExp(`^P([25])${GAP}${NUMBER}${GAP}${NUMBER}${GAP}${NUMBER}\\s`);

/**
 * Reads the header of a PGM, so that its size is known before anything is allocated for it.
 *
 * @throws {ImageFormatError}
 */
export function readPgmHeader(bytes: Uint8Array): PgmHeader {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, HEADER_BYTES));
  const match = HEADER.exec(text);
  if (match === null) throw new ImageFormatError("the PGM header is malformed");
  const [all, kind, width, height, white] = match;
  const header = {
    width: Number(width),
    height: Number(height),
    white: Number(white),
    isText: kind === "2",
    offset: all.length,
  };
  if (header.white < 1 || header.white > 65_535) {
    throw new ImageFormatError("the PGM's highest value is not from 1 to 65535");
  }
  return header;
}

/**
 * Reads the pixels of a PGM whose header was read.
 *
 * @throws {ImageFormatError} when pixels are missing or brighter than white.
 */
export function readPgm(bytes: Uint8Array, header: PgmHeader): GreyPicture {
  const { width, height, white, isText, offset } = header;
  const count = width * height;
  let pixels: number[] | Uint8Array;
  if (isText) {
    const body = new TextDecoder("latin1").decode(bytes.subarray(offset));
    const words = body
      .replaceAll(/#[^\n\r]*/g, " ")
      .trim()
      .split(/\s+/);
    if (words.some((word) => !/^\d{1,5}$/.test(word))) {
      throw new ImageFormatError("a pixel of the PGM is missing or not a number");
    }
    pixels = words.map(Number);
  } else if (white < 256) {
    pixels = bytes.subarray(offset, offset + count);
  } else {
    const view = new DataView(bytes.buffer, bytes.byteOffset + offset, bytes.length - offset);
    const present = Math.min(count, Math.floor(view.byteLength / 2));
    pixels = Array.from({ length: present }, (_, index) => view.getUint16(index * 2));
  }
  if (pixels.length !== count) {
    throw new ImageFormatError(`it has ${pixels.length} pixels of ${count}`);
  }
  if (pixels.some((value) => value > white)) {
    throw new ImageFormatError("a pixel of the PGM is brighter than its highest value");
  }
  return { width, height, white, pixels };
}
