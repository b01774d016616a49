// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { commitInput, FIELD_ORDER } from "../../src/zkml/commitment.ts";
import { rejectionOf, tinyModel } from "../zkml/fixtures.ts";
import { compileGadget, witnessOf } from "./gadget.ts";
import { freeWires } from "./r1cs.ts";

function modelOf(length: number, bits: number) {
  const model = tinyModel();
  return { ...model, input: { length, bits } };
}

describe("InputCommitment", function () {
  this.timeout(180_000);

  // One word, a word exactly full, one value more, and the widest Poseidon with a part-full word.
  for (const { length, bits } of [
    { length: 2, bits: 5 },
    { length: 31, bits: 8 },
    { length: 32, bits: 8 },
    { length: 480, bits: 8 },
  ]) {
    it(`default: equals commitInput for ${length} values of ${bits} bits`, async () => {
      const { r1cs, wasm } = compileGadget(
        "InputCommitment",
        `InputCommitment(${length}, ${bits})`,
      );
      const highest = 2 ** bits - 1;
      for (const input of [
        new Uint8Array(length),
        new Uint8Array(length).fill(highest),
        Uint8Array.from({ length }, (_, index) => (index * 7 + 3) & highest),
      ]) {
        const witness = await witnessOf(wasm, { in: Array.from(input, BigInt) });
        const commitment = commitInput(modelOf(length, bits), input);
        expect(witness[1], `commitment to ${input[0]}...`).to.equal(BigInt(commitment));
        if (length <= 32) {
          expect(freeWires(r1cs, witness), `free wires at ${input[0]}...`).to.deep.equal([]);
        }
      }
    });
  }

  it("error: a value outside the range has no witness", async () => {
    const { wasm } = compileGadget("InputCommitment", "InputCommitment(2, 5)");
    for (const value of [32n, 255n, FIELD_ORDER - 1n]) {
      const error = await rejectionOf(witnessOf(wasm, { in: [value, 0n] }));
      expect(error, `witness with ${value}`).to.be.instanceOf(Error);
    }
  });

  it("error: words that overflow the field, or too many of them, do not compile", () => {
    expect(() => compileGadget("PackedInput", "PackedInput(64, 5, 51)"), "51 x 5 bits").to.throw();
    expect(
      () => compileGadget("InputCommitment", "InputCommitment(497, 8)"),
      "17 words",
    ).to.throw();
  });
});
