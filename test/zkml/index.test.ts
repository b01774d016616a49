// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";

import { expect } from "chai";

import * as zkml from "../../src/zkml/index.ts";
import { ROOT } from "./fixtures.ts";

describe("assay/zkml", () => {
  it("default: importing it loads no prover", () => {
    const script = `
      await import("./src/zkml/index.ts");
      console.log(JSON.stringify("curve_bn128" in globalThis));
    `;
    const args = ["--input-type=module", "--eval", script];
    const output = execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
    expect(output.trim(), "snarkjs' curve library is loaded").to.equal("false");
  });

  it("behavior: error codes are unique", () => {
    const errors = Object.entries(zkml).filter(([name]) => name.endsWith("Error"));
    const codes = errors.map(([, constructor]) => {
      const Type = constructor as new (...facts: unknown[]) => { code: string };
      return new Type("fact", ["fact"]).code;
    });
    expect(codes.length, "errors").to.be.at.least(19);
    expect(new Set(codes).size, "distinct codes").to.equal(codes.length);
  });
});
