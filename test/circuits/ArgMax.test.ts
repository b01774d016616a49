// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { FIELD_ORDER } from "../../src/zkml/commitment.ts";
import { argMax } from "../../src/zkml/runtime.ts";
import { createRandom, rejectionOf } from "../zkml/fixtures.ts";
import { compileGadget, witnessOf, type Gadget } from "./gadget.ts";
import { freeWires, violations } from "./r1cs.ts";

const field = (value: number) => (BigInt(value) + FIELD_ORDER) % FIELD_ORDER;

describe("ArgMax", function () {
  this.timeout(180_000);
  let gadget: Gadget;
  before(() => {
    gadget = compileGadget("ArgMax", "ArgMax(4, 6)");
  });

  const witness = (values: readonly number[]) => witnessOf(gadget.wasm, { in: values.map(field) });

  it("default: the index of the highest value", async () => {
    const random = createRandom(7);
    for (let round = 0; round < 100; round++) {
      const values = Array.from({ length: 4 }, () => random(60) - 30);
      const wires = await witness(values);
      expect(wires[1], `index for ${values}`).to.equal(BigInt(argMax(values)));
      expect(violations(gadget.r1cs, wires), `violations for ${values}`).to.deep.equal([]);
      expect(freeWires(gadget.r1cs, wires), `free wires for ${values}`).to.deep.equal([]);
    }
  });

  it("behavior: the lowest index wins a tie", async () => {
    const ties: [number[], bigint][] = [
      [[5, 5, 5, 5], 0n],
      [[-9, 3, 3, 1], 1n],
      [[0, -1, -1, 0], 0n],
      [[-30, -20, 3, 3], 2n],
    ];
    for (const [values, index] of ties) {
      const wires = await witness(values);
      expect(wires[1], `index for ${values}`).to.equal(index);
      expect(freeWires(gadget.r1cs, wires), `free wires for ${values}`).to.deep.equal([]);
    }
  });

  it("error: another index has no witness, not even when the hint is forged", async () => {
    // The same wires with the one-hot hint moved: the range checks must fail.
    const wires = await witness([1, 9, 4, 9]);
    for (const wrong of [0n, 2n, 3n]) {
      const forged = [...wires];
      forged[1] = wrong;
      expect(violations(gadget.r1cs, forged), `index ${wrong}`).to.not.deep.equal([]);
    }
  });

  it("error: values further apart than the gap have no witness", async () => {
    const error = await rejectionOf(witness([0, 64, 0, 0]));
    expect(error, "witness").to.be.instanceOf(Error);
  });

  it("error: parameters that would not be sound do not compile", () => {
    for (const main of ["ArgMax(1, 6)", "ArgMax(4, 0)", "ArgMax(4, 253)"]) {
      expect(() => compileGadget("ArgMax", main), main).to.throw();
    }
  });
});
