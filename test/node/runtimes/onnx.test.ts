// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

import {
  ManifestUnusableError,
  onnxModel,
  RuntimeAbortedError,
  RuntimeFailedError,
  RuntimeInputError,
  RuntimeMemoryError,
  RuntimeOutputError,
  RuntimePackageMissingError,
  RuntimeTimeoutError,
  loadServedModel,
  type ServedModel,
} from "../../../src/node/index.ts";
import {
  commitInputBytes,
  commitModelFile,
  decodeTensorOutput,
  type OnnxManifest,
  pathsIn,
} from "../../../src/protocol/index.ts";
import { rejection } from "../../client/rejection.ts";
import { doubling, filling, installStandIn } from "./onnx-files.ts";

const INPUT = new Uint8Array(Float32Array.of(1, -2, 0.5, 3).buffer);
const sizeOf = (size: bigint) => new Uint8Array(BigInt64Array.of(size).buffer);
const TIMEOUT = 120_000;

describe("onnxModel", function () {
  this.timeout(TIMEOUT);
  let folder: string;
  let stop: AbortController;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "assay-onnx-"));
    installStandIn(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  const manifestOf = (file: Uint8Array, changes: Partial<OnnxManifest> = {}): OnnxManifest => ({
    kind: "onnx",
    file: "model.onnx",
    weightsCommitment: commitModelFile(file),
    inputs: [{ name: "x", type: "float32", dims: [4] }],
    unitsPerInference: 3,
    limits: { outputBytes: 4_096, timeoutMs: 5_000, concurrency: 1, memoryMB: 384 },
    ...changes,
  });
  const make = (
    content: string | Uint8Array,
    changes: Partial<OnnxManifest> = {},
    packageFolder = folder,
  ): ServedModel => {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const file = path.join(folder, "model.onnx");
    writeFileSync(file, bytes);
    return onnxModel({ name: "tiny", manifest: manifestOf(bytes, changes), file, packageFolder });
  };
  /** Its processes end with the test. */
  const started = async (...parameters: Parameters<typeof make>): Promise<ServedModel> => {
    const model = make(...parameters);
    await model.start(stop.signal);
    return model;
  };
  const run = (model: ServedModel, input = INPUT) =>
    model.run(input, { signal: stop.signal, maxUnits: 10 });
  const valuesOf = (output: Uint8Array): number[] => {
    const [tensor] = decodeTensorOutput(output).outputs;
    const bytes = Uint8Array.from(Buffer.from(tensor?.data.slice(2) ?? "", "hex"));
    return [...new Float32Array(bytes.buffer)];
  };

  it("default", async () => {
    const model = await started("double");
    const { output, units } = await run(model);
    expect(valuesOf(output), "values").to.deep.equal([2, -4, 1, 6]);
    expect(units, "units").to.equal(3);
    expect(model.deterministic, "same bytes twice").to.equal(false);
    expect(pathsIn(model.paths), "paths").to.deep.equal(["tee"]);
    expect(model.commitInput(INPUT), "input commitment").to.equal(commitInputBytes(INPUT));
  });

  it("behavior: its process has no environment, no files, no processes", async () => {
    const { output } = await run(await started("look"));
    expect(valuesOf(output), "environment, read, write, spawn").to.deep.equal([0, 0, 0, 0]);
  });

  it("error: no package", async () => {
    const nowhere = path.parse(folder).root;
    const error = await rejection(started("double", {}, nowhere));
    expect(error, "class").to.be.instanceOf(RuntimePackageMissingError);
    expect((error as Error).message, "says how").to.match(/npm install onnxruntime-node/);
  });

  it("error: a model that is none is noticed at the start", async () => {
    const error = await rejection(started("no model"));
    expect(error, "class").to.be.instanceOf(RuntimeFailedError);
    expect((error as Error).message, "reason").to.match(/no model/);
  });

  it("error: what a run may do to its process, and the next run works", async () => {
    const limits = { outputBytes: 4_096, timeoutMs: 5_000, concurrency: 1, memoryMB: 384 };
    const cases = {
      spin: RuntimeTimeoutError,
      wait: RuntimeTimeoutError,
      hold: RuntimeMemoryError,
      throw: RuntimeFailedError,
      exit: RuntimeFailedError,
      abort: RuntimeFailedError,
      nothing: RuntimeFailedError,
      text: RuntimeFailedError,
      lie: RuntimeFailedError,
      much: RuntimeFailedError,
    };
    for (const [does, expected] of Object.entries(cases)) {
      const model = await started(`later ${does}`, { limits });
      expect(await rejection(run(model)), does).to.be.instanceOf(expected);
      const { output } = await run(model, new Uint8Array(16));
      expect(valuesOf(output), `${does}: the next run`).to.deep.equal([0, 0, 0, 0]);
      stop.abort();
      stop = new AbortController();
    }
  });

  it("error: inputs of another size", async () => {
    const model = await started("double");
    for (const length of [0, 15, 17, 4_096]) {
      const input = new Uint8Array(length);
      expect(() => model.commitInput(input), `${length}`).to.throw(RuntimeInputError);
      expect(await rejection(run(model, input)), `${length}`).to.be.instanceOf(RuntimeInputError);
    }
  });

  it("error: an output above its limit, and an abort", async () => {
    const limits = { outputBytes: 64, timeoutMs: 5_000, concurrency: 1, memoryMB: 384 };
    const large = await rejection(run(await started("double", { limits })));
    expect(large, "JSON is longer than its elements").to.be.instanceOf(RuntimeOutputError);
    const waiting = run(await started("later wait"));
    setTimeout(() => stop.abort(), 300);
    expect(await rejection(waiting), "aborted").to.be.instanceOf(RuntimeAbortedError);
  });

  it("error: a file that is not the manifest's", async () => {
    const manifest = path.join(folder, "manifest.json");
    writeFileSync(path.join(folder, "model.onnx"), "double");
    const bytes = new TextEncoder().encode("double");
    writeFileSync(manifest, JSON.stringify(manifestOf(bytes)));
    expect((await loadServedModel({ name: "tiny", path: manifest })).kind, "kind").to.equal("onnx");
    writeFileSync(path.join(folder, "model.onnx"), "doublf");
    const error = await rejection(loadServedModel({ name: "tiny", path: manifest }));
    expect(error, "another byte").to.be.instanceOf(ManifestUnusableError);
  });

  // With the real package: npm install --prefix FOLDER onnxruntime-node, ASSAY_ONNXRUNTIME=FOLDER.
  const real = process.env["ASSAY_ONNXRUNTIME"];
  if (real === undefined) return;
  describe("with onnxruntime-node", () => {
    it("default", async () => {
      const model = await started(doubling, {}, real);
      expect(valuesOf((await run(model)).output), "values").to.deep.equal([2, -4, 1, 6]);
    });

    it("error: files that are none, or cut", async () => {
      for (const file of [new Uint8Array(), new Uint8Array(64).fill(0xff), doubling.slice(0, 40)]) {
        const error = await rejection(started(file, {}, real));
        expect(error, `${file.length} bytes`).to.be.instanceOf(RuntimeFailedError);
      }
    });

    it("error: an output that the process cannot hold", async () => {
      const inputs = [{ name: "n", type: "int64" as const, dims: [1] }];
      const model = await started(filling, { inputs }, real);
      expect(valuesOf((await run(model, sizeOf(3n))).output), "three").to.deep.equal([0, 0, 0]);
      for (const size of [2n ** 30n, 2n ** 40n, -1n]) {
        const error = await rejection(run(model, sizeOf(size)));
        const isTyped =
          error instanceof RuntimeMemoryError ||
          error instanceof RuntimeFailedError ||
          error instanceof RuntimeTimeoutError;
        expect(isTyped, `${size}: ${String(error)}`).to.equal(true);
      }
      expect(valuesOf((await run(model, sizeOf(1n))).output), "the next run").to.deep.equal([0]);
    });
  });
});
