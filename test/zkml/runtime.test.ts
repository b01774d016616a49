// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { InputLengthError, InputRangeError } from "../../src/zkml/errors.ts";
import { argMax, runModel } from "../../src/zkml/runtime.ts";
import { digitsModel, digitsTestSet, skipWithoutData, thrownBy, tinyModel } from "./fixtures.ts";

describe("runModel", () => {
  it("default: equals vectors computed by hand", () => {
    // hidden = [max(2x - 3y + 4, 0), max(100x + 5y + 1, 0)] >> 1, at most 255
    // logits = [h0 - h1 + 10, -2 h0 + 3 h1 - 7]
    const vectors = [
      { input: [0, 0], logits: [12, -11], output: 0, title: "biases alone; 1 >> 1 is 0" },
      { input: [3, 1], logits: [3 - 153 + 10, -6 + 459 - 7], output: 1, title: "no clipping" },
      { input: [1, 31], logits: [0 - 128 + 10, 384 - 7], output: 1, title: "ReLU clips h0" },
      { input: [31, 0], logits: [33 - 255 + 10, -66 + 765 - 7], output: 1, title: "h1 saturates" },
    ];
    for (const { input, logits, output, title } of vectors) {
      const answer = runModel(tinyModel(), Uint8Array.from(input));
      expect(answer.logits, `logits: ${title}`).to.deep.equal(logits);
      expect([...answer.output], `output: ${title}`).to.deep.equal([output]);
    }
  });

  it("behavior: the output is one byte, the class", async () => {
    const { output } = runModel(await digitsModel(), new Uint8Array(64));
    expect(output.length, "bytes").to.equal(1);
    expect(output[0], "class").to.be.below(10);
  });

  it("behavior: at least 96 % of the test set, and the share that the model states", async function () {
    const digits = digitsTestSet();
    if (digits === undefined) return skipWithoutData(this);
    const model = await digitsModel();
    const right = digits.filter(({ pixels, label }) => runModel(model, pixels).output[0] === label);
    const accuracy = right.length / digits.length;
    expect(accuracy, "accuracy").to.be.at.least(0.96);
    expect(accuracy, "stated accuracy").to.equal(model.accuracy.integer);
    expect(digits.length, "stated samples").to.equal(model.accuracy.samples);
  });

  it("error: wrong length", async () => {
    const model = await digitsModel();
    for (const length of [0, 63, 65, 100_000]) {
      const error = thrownBy(() => runModel(model, new Uint8Array(length)));
      expect(error, `${length} values`).to.be.instanceOf(InputLengthError);
    }
  });

  it("error: value outside the domain", async () => {
    const model = await digitsModel();
    for (const value of [32, 255]) {
      const error = thrownBy(() => runModel(model, new Uint8Array(64).fill(value, 63)));
      expect(error, `value ${value}`).to.be.instanceOf(InputRangeError);
    }
  });

  it("error: values that are no integers, which JavaScript callers can pass", async () => {
    const model = await digitsModel();
    for (const value of [1.5, -1, Number.NaN, "3"]) {
      const input = Array.from({ length: 64 }, () => value) as unknown as Uint8Array;
      const error = thrownBy(() => runModel(model, input));
      expect(error, `value ${value}`).to.be.instanceOf(InputRangeError);
    }
  });
});

describe("argMax", () => {
  it("default: the index of the highest value", () => {
    expect(argMax([-5, -2, -9]), "negative values").to.equal(1);
    expect(argMax([1, 2, 3]), "last").to.equal(2);
  });

  it("behavior: the lowest index wins a tie", () => {
    expect(argMax([0, 7, 7]), "two alike").to.equal(1);
    expect(argMax([4, 4, 4]), "all alike").to.equal(0);
  });
});
