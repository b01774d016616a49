// SPDX-License-Identifier: MIT
/**
 * ONNX models, run in floating point by `onnxruntime-node`, an optional peer of this package. Another processor rounds
 * otherwise, so an answer is not the same bytes twice. Each run has a process of its own: native code cannot be held to a
 * limit in ours, and a file that breaks it breaks only that.
 */
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { commitInputBytes } from "../../protocol/commitments.ts";
import { Evidence, toEvidenceSet } from "../../protocol/evidence.ts";
import type { OnnxManifest } from "../../protocol/manifest.ts";
import { encodeTensorOutput, inputBytesOf } from "../../protocol/tensors.ts";
import { findArtefact } from "../../zkml/artefact-file.ts";
import { type Child, forkModule } from "../../zkml/child-process.ts";
import { ProcessPool } from "../../zkml/process-pool.ts";
import {
  RuntimeAbortedError,
  RuntimeBusyError,
  RuntimeFailedError,
  RuntimeInputError,
  RuntimeMemoryError,
  RuntimePackageMissingError,
  RuntimeTimeoutError,
} from "./errors.ts";
import { limitRuntime } from "./limit.ts";
import type { OnnxJob, OnnxOutput, OnnxSetup } from "./onnx-process.ts";
import type { ServedModel } from "./types.ts";

/** Name and version of this runtime, as an enclave measures it. */
export const ONNX_RUNTIME = "assay-onnx-runtime/1";

export interface OnnxModelParameters {
  name: string;
  manifest: OnnxManifest;
  /** The model's file; whoever calls has checked its commitment. */
  file: string;
  /** A folder from which `onnxruntime-node` is found; this package's if not given. */
  packageFolder?: string | undefined;
}

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PACKAGE = "onnxruntime-node";
const SPECIFIER = `${PACKAGE}@1`;
const HEAP_MB = 128;
const BYTES_PER_MB = 2 ** 20;
const WAITING = 64;
/** The pool's time is shorter than the limiter's, so that it ends the process. */
const GRACE_MS = 1_000;
/** JSON spells a byte with two digits. */
const DIGITS = 2;

/** A model in an ONNX file. */
export function onnxModel(parameters: OnnxModelParameters): ServedModel {
  const { name, manifest, packageFolder = HERE } = parameters;
  const { limits, inputs, weightsCommitment, unitsPerInference } = manifest;
  const { timeoutMs, concurrency, memoryMB, outputBytes } = limits;
  const inputBytes = inputBytesOf(inputs);
  const pool = new ProcessPool<OnnxJob, OnnxOutput>({
    limits: { workers: concurrency, queueLimit: WAITING, timeoutMs },
    start: () => startProcess(parameters),
    errors: {
      full: () => new RuntimeBusyError(name, concurrency + WAITING),
      timedOut: () => new RuntimeTimeoutError(name, timeoutMs),
      aborted: (cause) => new RuntimeAbortedError(name, cause),
      closed: () => new RuntimeAbortedError(name),
      tooLarge: () => new RuntimeMemoryError(name, memoryMB),
      failed: (reason, cause) => new RuntimeFailedError(reason.replace(/\.$/, ""), cause),
    },
  });
  const check = (input: Uint8Array) => {
    if (input.length === inputBytes) return;
    throw new RuntimeInputError(name, `it has ${input.length} bytes, not ${inputBytes}`);
  };
  return limitRuntime(
    {
      name,
      kind: "onnx",
      identity: ONNX_RUNTIME,
      deterministic: false,
      weightsCommitment,
      paths: toEvidenceSet([Evidence.TEE]),
      unitsPerInference,
      integer: undefined,
      commitInput: (input) => {
        check(input);
        return commitInputBytes(input);
      },
      start: async (signal) => {
        signal.addEventListener("abort", () => void pool.close(), { once: true });
        findPackage(name, packageFolder);
        // Loads the model, and shows that it takes what its manifest says.
        await pool.run({ input: new Uint8Array(inputBytes) }, signal);
      },
      run: async (input, { signal }) => {
        check(input);
        const { outputs } = await pool.run({ input }, signal);
        return { output: encodeTensorOutput(outputs), units: unitsPerInference };
      },
    },
    { timeoutMs: timeoutMs + GRACE_MS, concurrency, waiting: WAITING, outputBytes },
  );
}

async function startProcess({
  name,
  manifest,
  file,
  packageFolder = HERE,
}: OnnxModelParameters): Promise<Child> {
  const { inputs, limits } = manifest;
  const main = findPackage(name, packageFolder);
  const modelPath = await findArtefact(file, limits.memoryMB * BYTES_PER_MB);
  const child = forkModule({
    base: import.meta.url,
    name: "onnx-process",
    memoryMB: HEAP_MB,
    processMB: limits.memoryMB,
    readable: [modelPath, modulesOf(main)],
    addons: true,
  });
  const setup: OnnxSetup = {
    packageUrl: pathToFileURL(main).href,
    modelPath,
    inputs,
    outputBytes: Math.floor(limits.outputBytes / DIGITS),
  };
  child.process.send(setup);
  return child;
}

function findPackage(name: string, folder: string): string {
  try {
    return createRequire(path.join(path.resolve(folder), "package.json")).resolve(PACKAGE);
  } catch {
    throw new RuntimePackageMissingError(name, SPECIFIER);
  }
}

/** The outermost `node_modules` of a file: its package's dependencies are there. */
function modulesOf(file: string): string {
  const parts = file.split(path.sep);
  return parts.slice(0, parts.indexOf("node_modules") + 1).join(path.sep);
}
