// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { FIELD_ORDER } from "../../src/zkml/commitment.ts";
import { rejectionOf } from "../zkml/fixtures.ts";
import { compileGadget, witnessOf } from "./gadget.ts";
import { freeWires, violations } from "./r1cs.ts";

const expected = (accumulator: number, shift: number, activationBits: number) =>
  Math.min(Math.floor(Math.max(accumulator, 0) / 2 ** shift), 2 ** activationBits - 1);

const field = (value: number) => (BigInt(value) + FIELD_ORDER) % FIELD_ORDER;

describe("ReluRequantise", function () {
  this.timeout(180_000);

  const cases = [
    { bits: 6, shift: 1, activationBits: 2, title: "two digits above the activation" },
    { bits: 7, shift: 0, activationBits: 3, title: "no shift, three digits above" },
    { bits: 6, shift: 2, activationBits: 2, title: "one digit above" },
    { bits: 6, shift: 1, activationBits: 4, title: "no digit above" },
    { bits: 6, shift: 2, activationBits: 9, title: "activation wider than the accumulator" },
  ];
  for (const { bits, shift, activationBits, title } of cases) {
    it(`default: every accumulator of ${bits} bits, ${title}`, async () => {
      const parameters = `${bits}, ${shift}, ${activationBits}`;
      const { r1cs, wasm } = compileGadget("ReluRequantise", `ReluRequantise(${parameters})`);
      const half = 2 ** (bits - 1);

      for (let accumulator = -half; accumulator < half; accumulator++) {
        const witness = await witnessOf(wasm, { in: field(accumulator) });
        const out = expected(accumulator, shift, activationBits);
        expect(witness[1], `activation of ${accumulator}`).to.equal(BigInt(out));
        expect(violations(r1cs, witness), `violations at ${accumulator}`).to.deep.equal([]);
        expect(freeWires(r1cs, witness), `free wires at ${accumulator}`).to.deep.equal([]);
      }
      for (const outside of [-half - 1, half]) {
        const error = await rejectionOf(witnessOf(wasm, { in: field(outside) }));
        expect(error, `witness for ${outside}`).to.be.instanceOf(Error);
      }
    });
  }

  it("behavior: costs bits + 1 constraints and one more per digit above the activation", () => {
    const { r1cs } = compileGadget("ReluRequantise", "ReluRequantise(16, 5, 8)", "--O2");
    expect(r1cs.constraints.length, "constraints").to.equal(16 + 1 + 2);
  });

  it("error: parameters that would not be sound do not compile", () => {
    for (const main of ["ReluRequantise(1, 0, 1)", "ReluRequantise(253, 0, 8)"]) {
      expect(() => compileGadget("ReluRequantise", main), main).to.throw();
    }
  });
});
