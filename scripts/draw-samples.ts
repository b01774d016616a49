// SPDX-License-Identifier: MIT
/**
 * Draws the ten sample digits of `models/digits/samples`: strokes of our own design on a 32 x 32
 * raster, in the formats that the image reader takes (text and binary PGM, PNG; dark on light and
 * light on dark).
 *
 *     node scripts/draw-samples.ts
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { PNG } from "pngjs";

const SIDE = 32;
/** Half the width of the pen, in pixels. */
const PEN = 2;
const BLACK = 0;
const WHITE = 255;

const FOLDER = fileURLToPath(new URL("../models/digits/samples/", import.meta.url));

type Point = readonly [x: number, y: number];
type Stroke = readonly Point[];

/** Points of an ellipse from one angle to another, in degrees clockwise from the right. */
function arc(centre: Point, radii: Point, from: number, to: number): Stroke {
  const steps = 24;
  return Array.from({ length: steps + 1 }, (_, step) => {
    const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
    return [centre[0] + radii[0] * Math.cos(angle), centre[1] + radii[1] * Math.sin(angle)];
  });
}

/** The ten digits on a field of 32 x 32, the pen's way from point to point. */
const DIGITS: readonly (readonly Stroke[])[] = [
  [arc([16, 16], [8, 13], 0, 360)],
  [
    [
      [14, 5],
      [14, 28],
    ],
    [
      [18, 3],
      [18, 28],
    ],
  ], // a broad downstroke
  [[...arc([15, 10], [8, 7], 190, 380), [7, 28], [25, 28]]],
  [arc([14, 9.5], [8, 6.5], 200, 450), arc([14, 22], [9, 6.5], 270, 520)],
  [
    [
      [15, 3],
      [6, 20],
      [25, 20],
    ],
    [
      [19, 12],
      [19, 30],
    ],
  ],
  [
    [
      [24, 4],
      [10, 4],
      [9, 15],
    ],
    arc([14, 21], [9, 7.5], 235, 500),
  ],
  [
    [
      [19, 3],
      [10, 15],
      [8, 21],
    ],
    arc([15, 22], [7, 6.5], 0, 360),
  ],
  [
    [
      [7, 4],
      [25, 4],
      [15, 29],
    ],
    [
      [11, 17],
      [23, 17],
    ],
  ],
  [arc([16, 9.5], [6, 6], 0, 360), arc([16, 22.5], [7, 6.5], 0, 360)],
  [
    arc([15, 10], [7, 6.5], 0, 360),
    [
      [22, 10],
      [21, 20],
      [17, 29],
    ],
  ],
];

function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / length;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

/** One byte per pixel: ink where the pen passed. */
function rasterise(strokes: readonly Stroke[], ink: number, paper: number): Uint8Array {
  return Uint8Array.from({ length: SIDE * SIDE }, (_, index) => {
    const pixel: Point = [(index % SIDE) + 0.5, Math.floor(index / SIDE) + 0.5];
    const isInk = strokes.some((stroke) =>
      stroke.some((point, k) => k > 0 && distance(pixel, stroke[k - 1] ?? point, point) <= PEN),
    );
    return isInk ? ink : paper;
  });
}

function binaryPgm(pixels: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`P5\n${SIDE} ${SIDE}\n${WHITE}\n`, "latin1"), pixels]);
}

function textPgm(pixels: Uint8Array): Uint8Array {
  const rows = Array.from({ length: SIDE }, (_, row) =>
    pixels.subarray(row * SIDE, (row + 1) * SIDE).join(" "),
  );
  return Buffer.from(
    `P2\n# drawn by scripts/draw-samples.ts\n${SIDE} ${SIDE}\n${WHITE}\n${rows.join("\n")}\n`,
  );
}

function png(pixels: Uint8Array): Uint8Array {
  const picture = new PNG({ width: SIDE, height: SIDE, colorType: 0, inputHasAlpha: true });
  for (const [index, value] of pixels.entries()) {
    picture.data.set([value, value, value, WHITE], index * 4);
  }
  return PNG.sync.write(picture, { colorType: 0 });
}

const FORMATS = [
  { extension: "pgm", encode: binaryPgm, ink: BLACK, paper: WHITE },
  { extension: "png", encode: png, ink: BLACK, paper: WHITE },
  { extension: "pgm", encode: textPgm, ink: WHITE, paper: BLACK },
] as const;

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
for (const [digit, strokes] of DIGITS.entries()) {
  const format = FORMATS[digit % FORMATS.length] ?? FORMATS[0];
  const file = `${digit}.${format.extension}`;
  writeFileSync(FOLDER + file, format.encode(rasterise(strokes, format.ink, format.paper)));
  console.log(`wrote models/digits/samples/${file}`);
}
