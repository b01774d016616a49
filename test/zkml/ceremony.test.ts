// SPDX-License-Identifier: MIT
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import { cacheRoot, readDeclarations, tauDirectory } from "../../src/zkml/artefacts.ts";
import { buildCircuit } from "../../src/zkml/ceremony.ts";
import {
  CircuitBuildError,
  CircuitCorruptError,
  CircuitNotBuiltError,
  StaleVerifyingKeyError,
  UnknownCircuitError,
} from "../../src/zkml/errors.ts";
import { loadCircuit } from "../../src/zkml/load-circuit.ts";
import { formatVerifyingKey } from "../../src/zkml/verifying-key.ts";
import { BUILD_TIMEOUT_MS, digitsCircuit, rejectionOf, ROOT } from "./fixtures.ts";

/** The sources of this project in another folder, where they can be changed. */
function copyProject(folder: string): string {
  for (const entry of ["circuits", "models"]) {
    cpSync(path.join(ROOT, entry), path.join(folder, entry), { recursive: true });
  }
  symlinkSync(path.join(ROOT, "package.json"), path.join(folder, "package.json"));
  // The compiler runs in a sandbox that does not follow links: its library is copied.
  mkdirSync(path.join(folder, "node_modules"));
  const library = "node_modules/circomlib";
  cpSync(path.join(ROOT, library), path.join(folder, library), { recursive: true });
  symlinkSync(path.join(ROOT, "node_modules/circom2"), path.join(folder, "node_modules/circom2"));
  return folder;
}

describe("buildCircuit", function () {
  this.timeout(BUILD_TIMEOUT_MS);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "assay-ceremony-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("default: the verifying key is the committed one, byte for byte, from two builders at once", async () => {
    await digitsCircuit();
    const cacheDirectory = path.join(folder, "cache");
    const tau = await tauDirectory(11, {});
    cpSync(tau, path.join(cacheDirectory, path.basename(tau)), { recursive: true });

    const build = () => buildCircuit({ circuit: "digits", cacheDirectory });
    const builds = await Promise.all([build(), build()]);
    const committed = readFileSync(path.join(ROOT, "models/digits/verifying-key.json"), "utf8");
    for (const { verifyingKey } of builds) {
      expect(formatVerifyingKey(verifyingKey), "verifying key").to.equal(committed);
    }
    const circuit = await loadCircuit("digits", { cacheDirectory });
    expect(circuit.verifyingKey, "loaded key").to.deep.equal(builds[0].verifyingKey);
    expect(readdirSync(cacheDirectory).length, "no temporary folder is left").to.equal(2);
  });

  it("error: too few powers of tau, which snarkjs answers with -1", async () => {
    const root = copyProject(folder);
    const declarations = await readDeclarations({ root });
    declarations["digits"]!.powerOfTau = 4;
    writeFileSync(path.join(root, "circuits/circuits.json"), JSON.stringify(declarations));
    const error = await rejectionOf(buildCircuit({ circuit: "digits", root }));
    expect(error, "build").to.be.instanceOf(CircuitBuildError);
    expect((error as Error).message, "reason").to.contain("powers of tau are too few");
    const built = readdirSync(cacheRoot({ root }));
    expect(built.length, "only the powers of tau are kept").to.equal(1);
  });

  it("error: circom that does not compile", async () => {
    const root = copyProject(folder);
    writeFileSync(path.join(root, "circuits/Dense.circom"), "template Dense( {");
    const tau = await tauDirectory(11, {});
    cpSync(tau, path.join(cacheRoot({ root }), path.basename(tau)), { recursive: true });
    const error = await rejectionOf(buildCircuit({ circuit: "digits", root }));
    expect(error, "build").to.be.instanceOf(CircuitBuildError);
    expect((error as Error).message, "the compiler's words").to.contain("Dense.circom");
  });
});

describe("loadCircuit", function () {
  this.timeout(BUILD_TIMEOUT_MS);
  let folder: string;
  beforeEach(async () => {
    await digitsCircuit();
    folder = mkdtempSync(path.join(tmpdir(), "assay-cache-"));
    cpSync(cacheRoot({}), folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("default: paths, key and model of a built circuit", async () => {
    const circuit = await loadCircuit("digits", { cacheDirectory: folder });
    expect(circuit.zkeyPath.startsWith(folder), "zkey in the cache").to.equal(true);
    expect(circuit.model.name, "model").to.equal("digits");
  });

  it("error: not built", async () => {
    const cacheDirectory = path.join(folder, "empty");
    const error = await rejectionOf(loadCircuit("digits", { cacheDirectory }));
    expect(error, "error").to.be.instanceOf(CircuitNotBuiltError);
    expect((error as Error).message, "how to fix it").to.contain("npm run build:circuits");
  });

  it("error: not declared, also for names that JavaScript objects have", async () => {
    for (const name of ["unknown", "__proto__", "constructor"]) {
      expect(await rejectionOf(loadCircuit(name)), name).to.be.instanceOf(UnknownCircuitError);
    }
  });

  it("error: an artefact altered by one byte, and a truncated one; a build repairs them", async () => {
    const location = { cacheDirectory: folder };
    const { zkeyPath, wasmPath } = await loadCircuit("digits", location);
    const zkey = readFileSync(zkeyPath);
    writeFileSync(
      zkeyPath,
      zkey.map((byte, index) => (index === 5_000 ? byte ^ 1 : byte)),
    );
    const altered = await rejectionOf(loadCircuit("digits", location));
    expect(altered, "altered zkey").to.be.instanceOf(CircuitCorruptError);

    writeFileSync(zkeyPath, zkey);
    writeFileSync(wasmPath, readFileSync(wasmPath).subarray(0, 1_000));
    const truncated = await rejectionOf(loadCircuit("digits", location));
    expect(truncated, "truncated wasm").to.be.instanceOf(CircuitCorruptError);

    await buildCircuit({ circuit: "digits", ...location });
    expect((await loadCircuit("digits", location)).name, "after a build").to.equal("digits");
  });

  it("error: a committed key of other sources", async () => {
    const root = mkdtempSync(path.join(tmpdir(), "assay-project-"));
    copyProject(root);
    const file = path.join(root, "models/digits/verifying-key.json");
    writeFileSync(file, readFileSync(file, "utf8").replace("11656656", "11656657"));
    const error = await rejectionOf(loadCircuit("digits", { root, cacheDirectory: folder }));
    rmSync(root, { recursive: true });
    expect(error, "key").to.be.instanceOf(StaleVerifyingKeyError);
  });
});
