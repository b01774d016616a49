// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { keccak256, size, toHex } from "viem";

import {
  commitInput,
  FIELD_ORDER,
  outputSignals,
  packInput,
  valuesPerWord,
  weightsCommitment,
} from "../../src/zkml/commitment.ts";
import { InputLengthError, InputRangeError, SignalRangeError } from "../../src/zkml/errors.ts";
import { commitOutput, resultBinding } from "../../src/zkml/index.ts";
import { digitsModel, randomInputs, thrownBy, tinyModel } from "./fixtures.ts";

describe("packInput", () => {
  it("default: the first value has the lowest bits", () => {
    expect(packInput(Uint8Array.of(1, 2, 31), 5), "words").to.deep.equal([
      1n + (2n << 5n) + (31n << 10n),
    ]);
  });

  it("behavior: 50 values of 5 bits share a word", () => {
    expect(valuesPerWord(5), "values per word").to.equal(50);
    const words = packInput(new Uint8Array(64).fill(31), 5);
    expect(words, "64 values").to.deep.equal([2n ** 250n - 1n, 2n ** 70n - 1n]);
    expect(
      words.every((word) => word < FIELD_ORDER),
      "below the field order",
    ).to.equal(true);
  });
});

describe("commitInput", () => {
  it("default: Poseidon with circomlib's constants", () => {
    // One word, 1 + 2 * 2^5 = 65; the digits circuit test compares two words with the circuit.
    const commitment = commitInput(tinyModel(), Uint8Array.of(1, 2));
    expect(size(commitment), "bytes").to.equal(32);
    expect(BigInt(commitment) < FIELD_ORDER, "below the field order").to.equal(true);
  });

  it("behavior: equals the published vector poseidon([1, 2])", () => {
    // 51 values of 5 bits: the first word 1, the second 2.
    const model = { ...tinyModel(), input: { length: 51, bits: 5 } };
    const input = new Uint8Array(51);
    input[0] = 1;
    input[50] = 2;
    expect(BigInt(commitInput(model, input)), "poseidon([1, 2])").to.equal(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
  });

  it("behavior: every single value matters", async () => {
    const model = await digitsModel();
    const [input] = randomInputs(1, 5);
    const seen = new Set([commitInput(model, input!)]);
    for (let index = 0; index < 64; index++) {
      const other = Uint8Array.from(input!);
      other[index] = (other[index]! + 1) % 32;
      seen.add(commitInput(model, other));
    }
    expect(seen.size, "distinct commitments").to.equal(65);
  });

  it("error: an input outside the domain has no commitment", async () => {
    const model = await digitsModel();
    const short = thrownBy(() => commitInput(model, new Uint8Array(63)));
    const high = thrownBy(() => commitInput(model, new Uint8Array(64).fill(32)));
    expect(short, "63 values").to.be.instanceOf(InputLengthError);
    expect(high, "value 32").to.be.instanceOf(InputRangeError);
  });
});

describe("outputSignals", () => {
  it("default: the bytes as a big-endian integer", () => {
    expect(outputSignals(Uint8Array.of(7)), "one byte").to.deep.equal([7n]);
    expect(outputSignals(Uint8Array.of(0)), "zero").to.deep.equal([0n]);
    expect(outputSignals(Uint8Array.of(1, 2)), "two bytes").to.deep.equal([258n]);
  });

  it("behavior: a signal for each 31 bytes", () => {
    const full = new Uint8Array(31).fill(255);
    const whole = 2n ** 248n - 1n;
    expect(outputSignals(full), "31 bytes").to.deep.equal([whole]);
    expect(outputSignals(Uint8Array.of(...full, 0)), "32 bytes").to.deep.equal([whole, 0n]);
    const zeros = new Uint8Array(31);
    expect(outputSignals(Uint8Array.of(...zeros, ...full, 1, 0)), "64").to.deep.equal([
      0n,
      whole,
      256n,
    ]);
  });

  it("behavior: commitOutput is keccak256 of the bytes", () => {
    expect(commitOutput(Uint8Array.of(7)), "commitment").to.equal(keccak256("0x07"));
  });

  it("behavior: the binding is the digest's upper 248 bits", () => {
    expect(resultBinding(toHex(2n ** 256n - 1n)), "binding").to.equal(2n ** 248n - 1n);
  });

  it("error: no byte, or leading zeros in the last chunk", () => {
    for (const length of [0, 2, 31, 33]) {
      const error = thrownBy(() => outputSignals(new Uint8Array(length)));
      expect(error, `${length} zeros`).to.be.instanceOf(SignalRangeError);
    }
  });
});

describe("weightsCommitment", () => {
  it("default: golden value of the committed model", async () => {
    expect(weightsCommitment(await digitsModel()), "digits").to.equal(
      "0x0bf3c3f7db4e0fd0ce01ec88519ea2270ebeafbb9428cc55cd738a8a97d5faad",
    );
  });

  it("behavior: labels take no part", () => {
    const labels = { name: "other", version: "9.9.9", unitsPerInference: 3 };
    const commitment = weightsCommitment(tinyModel(labels));
    expect(commitment, "commitment").to.equal(weightsCommitment(tinyModel()));
  });

  it("behavior: everything that changes the function changes it", () => {
    const base = tinyModel();
    const [first, last] = base.layers;
    const variants = [
      { ...base, input: { length: 2, bits: 6 } },
      { ...base, layers: [{ ...first!, shift: 2 }, last!] },
      { ...base, layers: [{ ...first!, activationBits: 7 }, last!] },
      { ...base, layers: [{ ...first!, bias: [4, 2] }, last!] },
      { ...base, layers: [{ ...first!, weights: [[2, -3], [100, 6]] }, last!] }, // prettier-ignore
      { ...base, layers: [{ ...first!, weights: [[-3, 2], [100, 5]] }, last!] }, // prettier-ignore
      { ...base, layers: [first!, { ...last!, bias: [-7, 10] }] },
    ];
    const commitments = new Set([base, ...variants].map(weightsCommitment));
    expect(commitments.size, "distinct commitments").to.equal(variants.length + 1);
  });
});
