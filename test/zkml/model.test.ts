// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { ModelFormatError } from "../../src/zkml/errors.ts";
import { analyseIntervals, signedBits } from "../../src/zkml/intervals.ts";
import { loadModel } from "../../src/zkml/model-files.ts";
import { formatModel, parseModel, type QuantisedModel } from "../../src/zkml/model.ts";
import { digitsModel, rejectionOf, ROOT, thrownBy, tinyModel, withField } from "./fixtures.ts";

describe("parseModel", () => {
  it("default: reads what formatModel writes", () => {
    const model = tinyModel();
    expect(parseModel(JSON.parse(formatModel(model))), "round trip").to.deep.equal(model);
  });

  it("behavior: the committed file has the canonical spelling", async () => {
    const committed = readFileSync(path.join(ROOT, "models/digits/model.json"), "utf8");
    expect(formatModel(await digitsModel()), "models/digits/model.json").to.equal(committed);
  });

  it("behavior: digits is 64-32-10, one unit per inference", async () => {
    const model = await digitsModel();
    expect(model.input, "input").to.deep.equal({ length: 64, bits: 5 });
    expect(
      model.layers.map(({ bias }) => bias.length),
      "layers",
    ).to.deep.equal([32, 10]);
    expect(model.unitsPerInference, "units").to.equal(1);
    expect(model.accuracy.integer, "stated accuracy").to.be.at.least(0.96);
  });

  const changes: readonly [title: string, path: string, value: unknown, named: string][] = [
    ["weight of 9 bits", "layers.0.weights.0.0", 128, "layers[0].weights[0][0]"],
    ["fraction", "layers.0.weights.0.0", 0.5, "layers[0].weights[0][0]"],
    ["weight as text", "layers.0.weights.0.0", "1", "layers[0].weights[0][0]"],
    ["row too short", "layers.0.weights.1", [100], "layers[0].weights[1]"],
    ["row missing", "layers.0.weights", [[2, -3]], "layers[0].bias"],
    ["bias of 33 bits", "layers.1.bias.0", 2 ** 31, "layers[1].bias[0]"],
    ["negative shift", "layers.0.shift", -1, "layers[0].shift"],
    ["shift on the last layer", "layers.1.shift", 1, "layers[1].shift"],
    ["no width on a hidden layer", "layers.0.activationBits", null, "layers[0].activationBits"],
    ["width on the last layer", "layers.1.activationBits", 8, "layers[1].activationBits"],
    ["no layers", "layers", [], "layers.length"],
    ["layers as object", "layers", {}, "layers"],
    ["wide input", "input.bits", 9, "input.bits"],
    ["empty input", "input.length", 0, "input.length"],
    ["input null", "input", null, "input"],
    ["no input", "input", undefined, "input"],
    ["other class count", "output.classes", 3, "output.classes"],
    ["other output", "output.kind", "logits", "output.kind"],
    ["name that is a path", "name", "../x", "name"],
    ["accuracy of 2", "accuracy.integer", 2, "accuracy.integer"],
  ];
  for (const [title, field, value, named] of changes) {
    it(`error: ${title}`, () => {
      const error = thrownBy(() => parseModel(withField(tinyModel(), field, value)));
      expect(error, title).to.be.instanceOf(ModelFormatError);
      expect((error as Error).message, "names the field").to.contain(`\`${named}\``);
    });
  }

  it("error: not an object", () => {
    for (const value of [null, undefined, 3, "model", []]) {
      expect(
        thrownBy(() => parseModel(value)),
        `${value}`,
      ).to.be.instanceOf(ModelFormatError);
    }
  });
});

describe("loadModel", () => {
  it("error: a name that is a path, or of no model", async () => {
    for (const name of ["../digits", "digits/../digits", "", "unknown", "a\0b"]) {
      expect(await rejectionOf(loadModel(name)), name).to.be.instanceOf(ModelFormatError);
    }
  });
});

describe("analyseIntervals", () => {
  it("default: equals intervals computed by hand", () => {
    const { layers, logitGapBits } = analyseIntervals(tinyModel());
    expect(layers[0]?.accumulators, "hidden accumulators").to.deep.equal([
      { lowest: 4 - 93, highest: 4 + 62 },
      { lowest: 1, highest: 1 + 3100 + 155 },
    ]);
    expect(layers[0]?.accumulatorBits, "3256 needs 12 bits and the sign").to.equal(13);
    // h0 in [0, 33], h1 in [0, 255]
    expect(layers[1]?.accumulators, "logits").to.deep.equal([
      { lowest: 10 - 255, highest: 10 + 33 },
      { lowest: -7 - 66, highest: -7 + 765 },
    ]);
    // l1 - l0 = -3 h0 + 4 h1 - 17 is at most 1003
    expect(logitGapBits, "1003 needs 10 bits").to.equal(10);
  });

  it("behavior: least width of two's complement", () => {
    const widths: [number, number, number][] = [
      [0, 0, 1],
      [-1, 0, 1],
      [0, 1, 2],
      [-2, 1, 2],
      [-3, 1, 3],
      [-128, 127, 8],
      [-128, 128, 9],
      [-129, 127, 9],
    ];
    for (const [lowest, highest, bits] of widths) {
      expect(signedBits({ lowest, highest }), `[${lowest}, ${highest}]`).to.equal(bits);
    }
  });

  it("behavior: every model input stays inside, and the bound is reached", () => {
    const model: QuantisedModel = tinyModel();
    const { accumulators } = analyseIntervals(model).layers[0]!;
    const seen = { lowest: Infinity, highest: -Infinity };
    for (let x = 0; x < 32; x++) {
      for (let y = 0; y < 32; y++) {
        const sum = 2 * x - 3 * y + 4;
        seen.lowest = Math.min(seen.lowest, sum);
        seen.highest = Math.max(seen.highest, sum);
      }
    }
    expect(accumulators[0], "first hidden accumulator").to.deep.equal(seen);
  });
});
