// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { BaseError } from "../../src/protocol/errors.ts";
import {
  CircuitBuildError,
  ProofFailedError,
  ProofMemoryError,
  ProofTimeoutError,
} from "../../src/zkml/errors.ts";
import { createProver, type Circuit, type Prover } from "../../src/zkml/index.ts";
import { readConstraintCount } from "../../src/zkml/r1cs-header.ts";
import {
  BUILD_TIMEOUT_MS,
  createRandom,
  digitsCircuit,
  randomInputs,
  rejectionOf,
} from "./fixtures.ts";
import {
  constantWasm,
  growingWasm,
  loopingWasm,
  sectionOffset,
  withWords,
  witnessWasm,
} from "./hostile-files.ts";

const [INPUT] = randomInputs(1, 5) as [Uint8Array];
const MOST = 0xffff_ffff;

describe("hostile circuit files", function () {
  this.timeout(BUILD_TIMEOUT_MS);
  let genuine: Circuit;
  let folder: string;
  let hostile: Circuit;
  /** Proves with the genuine files. */
  let neighbour: Prover;
  before(async () => {
    genuine = await digitsCircuit();
    folder = mkdtempSync(path.join(tmpdir(), "assay-hostile-"));
    const wasmPath = path.join(folder, "circuit.wasm");
    const zkeyPath = path.join(folder, "circuit.zkey");
    hostile = { ...genuine, wasmPath, zkeyPath };
    neighbour = await createProver({ circuit: genuine, workers: 1 });
  });
  after(async () => {
    await neighbour.close();
    rmSync(folder, { recursive: true });
  });

  const restore = () => {
    for (const name of ["wasm", "zkey"] as const) {
      rmSync(hostile[`${name}Path`], { force: true });
      copyFileSync(genuine[`${name}Path`], hostile[`${name}Path`]);
    }
  };
  const bindingOf = async (prover: Prover) =>
    (await prover.prove({ input: INPUT, binding: 1n })).signals[2];
  /** Proves with the folder's files after `place` changed them; then this host must still be able to prove. */
  const attempt = async (place: () => void, proveAgain = false): Promise<unknown> => {
    restore();
    place();
    const prover = await createProver({
      circuit: hostile,
      workers: 1,
      timeoutMs: 5_000,
      memoryMB: 128,
    });
    const error = await rejectionOf(prover.prove({ input: INPUT, binding: 1n }));
    restore();
    if (proveAgain) expect(await bindingOf(prover), "the same prover's next proof").to.equal(1n);
    await prover.close();
    expect(await bindingOf(neighbour), "another prover's proof").to.equal(1n);
    return error;
  };
  const attemptWith = (name: "wasm" | "zkey", bytes: Uint8Array, proveAgain = false) =>
    attempt(() => writeFileSync(hostile[`${name}Path`], bytes), proveAgain);
  /** Whichever limit it meets first. */
  const isTyped = (error: unknown) =>
    error instanceof ProofFailedError ||
    error instanceof ProofMemoryError ||
    error instanceof ProofTimeoutError;

  it("error: wasm that loops for ever", async () => {
    expect(await attemptWith("wasm", loopingWasm(), true), "error").to.be.instanceOf(
      ProofTimeoutError,
    );
  });

  it("error: wasm that takes memory for ever", async () => {
    const error = await attemptWith("wasm", growingWasm(), true);
    expect(error, "error").to.be.instanceOf(ProofMemoryError);
    expect((error as BaseError).code, "code").to.equal("ZKML-020");
  });

  it("error: wasm whose witness has more values than there is memory", async () => {
    for (const size of [0x7fff_ffff, 0x0fff_ffff, -1]) {
      const error = await attemptWith("wasm", witnessWasm(size));
      expect(isTyped(error), `${size}: ${String(error)}`).to.equal(true);
    }
  });

  it("error: wasm of another field, version or shape", async () => {
    const cases = {
      "a field of 2^31 words": constantWasm({ getVersion: 2, getFieldNumLen32: 0x7fff_ffff }),
      "version 3": constantWasm({ getVersion: 3 }),
      nothing: constantWasm({}),
    };
    for (const [title, wasm] of Object.entries(cases)) {
      const error = await attemptWith("wasm", wasm);
      expect(isTyped(error), `${title}: ${String(error)}`).to.equal(true);
    }
  });

  it("error: zkey with huge counts", async () => {
    const zkey = readFileSync(genuine.zkeyPath);
    const header = sectionOffset(zkey, 2);
    // n8q, q (32), n8r, r (32), then the counts.
    const [variables, publics, domain] = [72, 76, 80].map((offset) => header + offset);
    const cases: Record<string, Record<number, number>> = {
      sections: { 8: MOST },
      "section size": { [header - 8]: MOST, [header - 4]: 0x001f_ffff },
      variables: { [variables!]: MOST },
      "public signals": { [publics!]: MOST },
      domain: { [domain!]: 0x1000_0000 },
      "field bytes": { [header]: MOST },
    };
    for (const [title, words] of Object.entries(cases)) {
      const error = await attemptWith("zkey", withWords(zkey, words));
      expect(isTyped(error), `${title}: ${String(error)}`).to.equal(true);
    }
  });

  it("error: zkey cut at any point", async () => {
    const random = createRandom(99);
    const zkey = readFileSync(genuine.zkeyPath);
    const points = [0, 4, 12, ...Array.from({ length: 5 }, () => random(zkey.length))];
    for (const point of points) {
      const error = await attemptWith("zkey", zkey.subarray(0, point));
      expect(isTyped(error), `at ${point}: ${String(error)}`).to.equal(true);
    }
  });

  it("error: files that are links, folders, pipes or too large", async () => {
    const file = hostile.zkeyPath;
    const make: Record<string, () => void> = {
      "a link to the genuine file": () => symlinkSync(genuine.zkeyPath, file),
      "a link to a secret": () => symlinkSync("/etc/passwd", file),
      "a pipe": () => void execFileSync("mkfifo", [file]),
      "a file of a terabyte": () => {
        writeFileSync(file, "zkey");
        truncateSync(file, 2 ** 40);
      },
    };
    for (const [title, place] of Object.entries(make)) {
      const replace = () => {
        rmSync(file);
        place();
      };
      const error = await attempt(replace);
      expect(error, title).to.be.instanceOf(ProofFailedError);
      expect((error as Error).message, title).to.match(/no regular file|bytes, over/);
    }
  });
});

describe("readConstraintCount", () => {
  it("error: headers with huge counts, and files cut at any point", async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const { r1csPath, constraints } = await digitsCircuit();
    const r1cs = readFileSync(r1csPath);
    expect(readConstraintCount(r1cs), "genuine").to.equal(constraints);
    const header = sectionOffset(r1cs, 1);
    const hostile = {
      "field bytes": withWords(r1cs, { [header]: MOST }),
      "section size": withWords(r1cs, { 16: MOST, 20: MOST }),
      "no header": withWords(r1cs, { 8: 0 }),
      "cut in the counts": r1cs.subarray(0, header + 40),
      "cut before the header": r1cs.subarray(0, 14),
      empty: new Uint8Array(),
    };
    for (const [title, file] of Object.entries(hostile)) {
      const read = () => readConstraintCount(file);
      expect(read, title).to.throw(CircuitBuildError);
    }
    expect(readConstraintCount(withWords(r1cs, { 8: MOST })), "sections").to.equal(constraints);
  });
});
