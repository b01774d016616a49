// SPDX-License-Identifier: MIT
import { ImageFormatError, ImageSizeError } from "./errors.ts";
import { readPgm, readPgmHeader, type GreyPicture } from "./pgm.ts";
import { isPng, readPng, readPngHeader } from "./png.ts";

/** Side of the picture that the digit model takes. */
const SIDE = 8;
/** Ink of a wholly black pixel in the digit model's training data. */
const INK_MAX = 16;
const MAX_SIDE = 4_096;
const MAX_BYTES = 8 * 2 ** 20;
/** The longer side may be at most this many times the shorter one. */
const MAX_RATIO = 2;

function assertSize(width: number, height: number): void {
  const size = `${width} x ${height} pixels`;
  if (width > MAX_SIDE || height > MAX_SIDE) {
    throw new ImageSizeError(size, `the longest side read is ${MAX_SIDE}`);
  }
  const isReducible = width > 0 && height > 0 && width % SIDE === 0 && height % SIDE === 0;
  if (!isReducible) throw new ImageSizeError(size, `both sides must be multiples of ${SIDE}`);
  if (Math.max(width, height) > MAX_RATIO * Math.min(width, height)) {
    throw new ImageSizeError(size, `the longer side must be at most ${MAX_RATIO} times the other`);
  }
}

function readPicture(bytes: Uint8Array): GreyPicture {
  if (bytes.length > MAX_BYTES) {
    throw new ImageSizeError(`${bytes.length} bytes`, `at most ${MAX_BYTES} bytes are read`);
  }
  if (isPng(bytes)) {
    const { width, height } = readPngHeader(bytes);
    assertSize(width, height);
    return readPng(bytes);
  }
  if (bytes[0] === 0x50 && (bytes[1] === 0x32 || bytes[1] === 0x35)) {
    const header = readPgmHeader(bytes);
    assertSize(header.width, header.height);
    return readPgm(bytes, header);
  }
  throw new ImageFormatError("it is neither a PGM nor a PNG");
}

/** Mean brightness of 8 x 8 equal boxes, from 0 to 1. */
function boxMeans({ width, height, white, pixels }: GreyPicture): number[] {
  const [boxWidth, boxHeight] = [width / SIDE, height / SIDE];
  return Array.from({ length: SIDE * SIDE }, (_, box) => {
    const left = (box % SIDE) * boxWidth;
    const top = Math.floor(box / SIDE) * boxHeight;
    let sum = 0;
    for (let y = top; y < top + boxHeight; y++) {
      for (let x = left; x < left + boxWidth; x++) sum += pixels[y * width + x] ?? 0;
    }
    return sum / (boxWidth * boxHeight * white);
  });
}

/**
 * Whether the outermost pixels are bright on average: then the picture is dark ink on light paper.
 */
function isDarkOnLight({ width, height, white, pixels }: GreyPicture): boolean {
  let sum = 0;
  let count = 0;
  for (let y = 0; y < height; y++) {
    const step = y === 0 || y === height - 1 ? 1 : width - 1;
    for (let x = 0; x < width; x += step) {
      sum += pixels[y * width + x] ?? 0;
      count += 1;
    }
  }
  return sum > (count * white) / 2;
}

/**
 * Reads a picture of a digit as the model takes it: 8 x 8 values from 0 (paper) to 16 (ink).
 *
 * PGM (P2, P5) and PNG, both sides multiples of 8, at most 4096 pixels and 8 MB, the longer side at
 * most twice the other. The picture is reduced by box averages. Paper is what the outermost pixels
 * are: when they are brighter than half on average, dark is ink (dark on light), else bright is ink
 * (light on dark).
 *
 * @throws {ImageFormatError} or {@link ImageSizeError}.
 */
export function loadDigitImage(bytes: Uint8Array): Uint8Array {
  const picture = readPicture(bytes);
  const dark = isDarkOnLight(picture);
  const ink = boxMeans(picture).map((mean) => Math.round((dark ? 1 - mean : mean) * INK_MAX));
  return Uint8Array.from(ink);
}

const SHADES = [" ", "░", "▒", "▓", "█"] as const;

/** Prints an 8 x 8 picture with Unicode shades, two columns per pixel so that it looks square. */
export function renderDigit(pixels: Uint8Array): string {
  const lines: string[] = [];
  for (let row = 0; row < SIDE; row++) {
    const values = pixels.subarray(row * SIDE, (row + 1) * SIDE);
    const shades = Array.from(values, (value) => {
      const level = Math.round((value / INK_MAX) * (SHADES.length - 1));
      return (SHADES[Math.min(level, SHADES.length - 1)] ?? " ").repeat(2);
    });
    lines.push(shades.join(""));
  }
  return lines.join("\n");
}
