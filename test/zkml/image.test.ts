// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";
import * as fc from "fast-check";
import { PNG } from "pngjs";

import { ImageFormatError, ImageSizeError } from "../../src/zkml/errors.ts";
import { loadDigitImage, renderDigit } from "../../src/zkml/image.ts";
import { runModel } from "../../src/zkml/runtime.ts";
import { digitsModel, ROOT, thrownBy } from "./fixtures.ts";

const SAMPLES = path.join(ROOT, "models/digits/samples");

const bytes = (text: string, pixels: readonly number[] = []) =>
  Uint8Array.from([...Buffer.from(text, "latin1"), ...pixels]);

/** A grey PGM of one brightness, with one pixel changed. */
function pgm(width: number, height: number, paper: number, pixel?: [number, number]): Uint8Array {
  const pixels: number[] = Array.from({ length: width * height }, () => paper);
  if (pixel !== undefined) pixels[pixel[0]] = pixel[1];
  return bytes(`P5 ${width} ${height} 255\n`, pixels);
}

function png(width: number, height: number, rgba: readonly number[]): Buffer {
  const picture = new PNG({ width, height });
  for (let index = 0; index < width * height; index++) picture.data.set(rgba, index * 4);
  return PNG.sync.write(picture);
}

/** A PNG header that promises a size, with nothing behind it. */
function pngHeader(width: number, height: number, interlace = 0): Buffer {
  const header = Buffer.from(png(8, 8, [0, 0, 0, 255]));
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header[28] = interlace;
  return header;
}

/** Whether the image is read, or refused with an error of this area. */
function isReadOrRefused(image: Uint8Array): boolean {
  const error = thrownBy(() => loadDigitImage(image));
  return (
    error === undefined || error instanceof ImageFormatError || error instanceof ImageSizeError
  );
}

describe("loadDigitImage", () => {
  it("default: the model classifies every sample of ours", async () => {
    const model = await digitsModel();
    const files = readdirSync(SAMPLES).sort();
    expect(files.map((file) => file[0]).join(""), "samples").to.equal("0123456789");
    for (const file of files) {
      const pixels = loadDigitImage(readFileSync(path.join(SAMPLES, file)));
      expect(runModel(model, pixels).output[0], file).to.equal(Number(file[0]));
    }
  });

  it("behavior: dark on light and light on dark are the same ink", () => {
    const black = loadDigitImage(pgm(8, 8, 255, [27, 0]));
    const white = loadDigitImage(pgm(8, 8, 0, [27, 255]));
    expect(black[27], "ink").to.equal(16);
    expect(black[0], "paper").to.equal(0);
    expect(white, "light on dark").to.deep.equal(black);
  });

  it("behavior: boxes are averaged, whatever the size", () => {
    const pixels = loadDigitImage(pgm(16, 24, 0, [0, 255]));
    expect(pixels[0], "one pixel of six, 16/6 rounded").to.equal(3);
    expect(Math.max(...pixels.subarray(1)), "the rest").to.equal(0);
  });

  it("behavior: text PGM with comments, and 16 bits per pixel", () => {
    const text = `P2 # a comment\n8 8\n# another\n16\n${"0 ".repeat(27)}16 # ink\n${"0 ".repeat(36)}`;
    expect(loadDigitImage(bytes(text))[27], "text").to.equal(16);
    const wide = [
      ...Array.from({ length: 54 }, () => 0),
      0xff,
      0xff,
      ...Array.from({ length: 72 }, () => 0),
    ];
    expect(loadDigitImage(bytes("P5\n8 8\n65535\n", wide))[27], "16 bits").to.equal(16);
  });

  it("behavior: a transparent PNG is on white paper, so it has no ink", () => {
    const pixels = loadDigitImage(png(8, 8, [0, 0, 0, 0]));
    expect([...new Set(pixels)], "values").to.deep.equal([0]);
  });

  it("behavior: a view into a larger buffer is read from its start", () => {
    const image = pgm(8, 8, 0, [27, 255]);
    const padded = new Uint8Array(image.length + 7);
    padded.set(image, 7);
    expect(loadDigitImage(padded.subarray(7)), "pixels").to.deep.equal(loadDigitImage(image));
  });

  const sizes: [string, Uint8Array][] = [
    ["7 x 9", pgm(7, 9, 0)],
    ["8 x 12", pgm(8, 12, 0)],
    ["0 x 8", bytes("P5 0 8 255\n")],
    ["8 x 24: a banner", pgm(8, 24, 0)],
    ["PGM of 4104", bytes("P5 4104 4104 255\n")],
    ["PGM of 10^9", bytes("P5 999999999 999999999 255\n")],
    ["PNG of 2^31", pngHeader(2 ** 31, 8)],
    ["PNG of 7 x 9", png(7, 9, [0, 0, 0, 255])],
    ["9 MB", new Uint8Array(9 * 2 ** 20)],
  ];
  for (const [title, image] of sizes) {
    it(`error: size: ${title}`, () => {
      expect(
        thrownBy(() => loadDigitImage(image)),
        title,
      ).to.be.instanceOf(ImageSizeError);
    });
  }

  const good = png(8, 8, [0, 0, 0, 255]);
  const formats: [string, Uint8Array][] = [
    ["nothing", new Uint8Array(0)],
    ["text", bytes("hello")],
    ["JPEG", Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ["bitmap of the same family", bytes("P4 8 8\n", [1, 2, 3])],
    ["PGM header alone", bytes("P5")],
    ["PGM truncated", pgm(8, 8, 0).subarray(0, 40)],
    ["PGM of 16 bits truncated", bytes("P5 8 8 65535\n", [1, 2, 3])],
    ["text PGM truncated", bytes("P2 8 8 255\n 1 2 3")],
    ["text PGM with a word", bytes(`P2 8 8 255\n ${"0 ".repeat(63)}ink`)],
    ["text PGM brighter than white", bytes(`P2 8 8 15\n ${"0 ".repeat(63)}16`)],
    ["PGM of negative size", bytes("P5 -8 8 255\n")],
    [
      "PGM with no white",
      bytes(
        "P5 8 8 0\n",
        Array.from({ length: 64 }, () => 0),
      ),
    ],
    [
      "PGM with a huge white",
      bytes(
        "P5 8 8 65536\n",
        Array.from({ length: 128 }, () => 0),
      ),
    ],
    ["PNG signature alone", good.subarray(0, 8)],
    ["PNG truncated in its data", good.subarray(0, good.length - 20)],
    ["PNG with a bad checksum", pngHeader(16, 16)],
    ["PNG interlaced", pngHeader(8, 8, 1)],
  ];
  for (const [title, image] of formats) {
    it(`error: format: ${title}`, () => {
      expect(
        thrownBy(() => loadDigitImage(image)),
        title,
      ).to.be.instanceOf(ImageFormatError);
    });
  }

  it("error: garbage never escapes as another error", () => {
    const starts = ["P2 8 8 9\n", "P5 8 8 255\n", "\x89PNG\r\n\x1a\n", ""];
    const garbage = fc.tuple(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 200 }));
    const flipped = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(garbage, ([start, rest]) => isReadOrRefused(bytes(start, [...rest]))),
      { seed: 1, numRuns: 300 },
    );
    fc.assert(
      fc.property(flipped, ([index, mask]) =>
        isReadOrRefused(good.map((byte, k) => (k === index ? byte ^ mask : byte))),
      ),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe("renderDigit", () => {
  it("default: eight lines of sixteen columns, darker with ink", () => {
    const lines = renderDigit(Uint8Array.from({ length: 64 }, (_, index) => index % 17)).split(
      "\n",
    );
    expect(
      lines.map((line) => line.length),
      "columns",
    ).to.deep.equal(Array(8).fill(16));
    expect(lines[0], "shades of 0 to 7").to.equal("    ░░░░░░░░▒▒▒▒");
  });
});
