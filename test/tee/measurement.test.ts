// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { bytesToHex, keccak256, type Hex } from "viem";

import { DebugDocumentError, DocumentFieldError } from "../../src/tee/errors.ts";
import { measure } from "../../src/tee/measurement.ts";
import { expectRefusal, pcr } from "./fixtures.ts";

const ZERO: Hex = `0x${"00".repeat(48)}`;

function registers(changes: Record<number, Hex | undefined> = {}): Map<number, Hex> {
  const all = new Map(Array.from({ length: 16 }, (_, index) => [index, bytesToHex(pcr(index))]));
  for (const [index, value] of Object.entries(changes)) {
    if (value === undefined) all.delete(Number(index));
    else all.set(Number(index), value);
  }
  return all;
}

describe("measure", () => {
  it("default: keccak256(pcr0 || pcr1 || pcr2)", () => {
    const bytes = Buffer.concat([pcr(0), pcr(1), pcr(2)]);
    expect(measure(registers()), "measurement").to.equal(keccak256(bytes));
  });

  it("behavior: the three image registers count, the others do not", () => {
    for (let index = 0; index < 16; index += 1) {
      const changed = measure(registers({ [index]: `0x${"ee".repeat(48)}` }));
      expect(changed === measure(registers()), `PCR ${index}`).to.equal(index > 2);
    }
  });

  it("behavior: one zero register is no debug mode", () => {
    for (const index of [0, 1, 2]) {
      expect(measure(registers({ [index]: ZERO })), `PCR ${index}`).to.match(/^0x[0-9a-f]{64}$/);
    }
  });

  it("error: debug mode, whatever PCR3 and PCR4 say", () => {
    const debug = { 0: ZERO, 1: ZERO, 2: ZERO };
    expectRefusal("others set", DebugDocumentError, () => measure(registers(debug)));
    expectRefusal("all zero", DebugDocumentError, () =>
      measure(registers({ ...debug, 3: ZERO, 4: ZERO })),
    );
  });

  it("error: a register is missing or of another size", () => {
    for (const index of [0, 1, 2]) {
      for (const value of [undefined, `0x${"11".repeat(32)}`, `0x${"11".repeat(64)}`] as const) {
        expectRefusal(`PCR ${index} ${value}`, DocumentFieldError, () =>
          measure(registers({ [index]: value })),
        );
      }
    }
  });
});
