// SPDX-License-Identifier: GPL-3.0
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import * as snarkjs from "snarkjs";

import { ROOT } from "../zkml/fixtures.ts";
import { readR1cs, type R1cs } from "./r1cs.ts";

export interface Gadget {
  r1cs: R1cs;
  wasm: Uint8Array;
}

/**
 * Compiles one template of `circuits/` alone. At --O2 the compiler drops the wires of inputs that
 * are sums of others, which in a whole circuit the gadget before constrains; --O1 keeps them.
 */
export function compileGadget(template: string, main: string, optimisation = "--O1"): Gadget {
  const folder = mkdtempSync(path.join(tmpdir(), "assay-gadget-"));
  try {
    const source = path.join(folder, "gadget.circom");
    const include = `include "${template}.circom";`;
    writeFileSync(source, `pragma circom 2.1.6;\n${include}\ncomponent main = ${main};\n`);
    const libraries = ["-l", "circuits", "-l", "node_modules"];
    const args = [source, optimisation, "--r1cs", "--wasm", ...libraries, "-o", folder];
    execFileSync(process.execPath, ["node_modules/circom2/cli.js", ...args], {
      cwd: ROOT,
      stdio: "pipe",
    });
    return {
      r1cs: readR1cs(readFileSync(path.join(folder, "gadget.r1cs"))),
      wasm: readFileSync(path.join(folder, "gadget_js/gadget.wasm")),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 64 kB each. snarkjs' default is 2 GB for each witness, and collecting them takes longer than the witnesses. */
const MEMORY_PAGES = 16;

export type CircuitInput = Record<string, bigint | readonly bigint[]>;

/** All wires of a valid witness: the constant 1, outputs, public inputs, then private ones. */
export async function witnessOf(wasm: Uint8Array, input: CircuitInput): Promise<bigint[]> {
  const file: snarkjs.SnarkFile = { type: "mem" };
  // The calculator prints every failure, and here most failures are expected.
  const { error } = console;
  Object.assign(console, { error: () => {} });
  try {
    const code: snarkjs.SnarkFile = { type: "mem", data: wasm };
    await snarkjs.wtns.calculate(input, code, file, { memorySize: MEMORY_PAGES });
  } finally {
    Object.assign(console, { error });
  }
  return snarkjs.wtns.exportJson(file);
}
