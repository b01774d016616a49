// SPDX-License-Identifier: MIT
/** The child process of an ONNX model: one thread, the model loaded once, one run at a time. */
import { bytesToHex } from "viem";

import {
  ELEMENT_BYTES,
  type ElementType,
  type Tensor,
  type TensorForm,
} from "../../protocol/tensors.ts";
import { readArtefact } from "../../zkml/artefact-file.ts";
import type { ProcessAnswer } from "../../zkml/process-pool.ts";

/** The first message: what to load. */
export interface OnnxSetup {
  /** URL of the package's main module. */
  packageUrl: string;
  modelPath: string;
  inputs: TensorForm[];
  /** Most bytes of all outputs' elements. */
  outputBytes: number;
}

/** Every later message: what to run. */
export interface OnnxJob {
  input: Uint8Array;
}

export interface OnnxOutput {
  outputs: Tensor[];
}

/** What is used of `onnxruntime-node`; it is not among the dependencies. */
interface OnnxRuntime {
  InferenceSession: {
    create(model: Uint8Array, options: object): Promise<OnnxSession>;
  };
  Tensor: new (type: string, data: TypedArray, dims: readonly number[]) => OnnxTensor;
}
interface OnnxSession {
  outputNames: readonly string[];
  run(feeds: Record<string, OnnxTensor>): Promise<Record<string, OnnxTensor | undefined>>;
}
interface OnnxTensor {
  type: string;
  dims: readonly number[];
  data: unknown;
}
type TypedArray = Float32Array | Int32Array | BigInt64Array | Uint8Array;

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
} as const;
/** One core for each process; no telemetry, no profile, nothing on standard error but what is fatal. */
const OPTIONS = {
  executionProviders: ["cpu"],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
};

interface Loaded extends OnnxSetup {
  runtime: OnnxRuntime;
  session: OnnxSession;
}

let loaded: Promise<Loaded> | undefined;

async function load(setup: OnnxSetup): Promise<Loaded> {
  // Decode edge: the package's types are not there when it is not.
  const module = (await import(setup.packageUrl)) as OnnxRuntime & { default?: OnnxRuntime };
  const runtime = module.default ?? module;
  // From bytes, so that the file cannot name others.
  const model = await readArtefact(setup.modelPath);
  const session = await runtime.InferenceSession.create(model, OPTIONS);
  return { ...setup, runtime, session };
}

async function run({ input }: OnnxJob, model: Loaded): Promise<ProcessAnswer<OnnxOutput>> {
  const feeds: Record<string, OnnxTensor> = {};
  let offset = 0;
  for (const { name, type, dims } of model.inputs) {
    const length = dims.reduce((product, dim) => product * dim, 1);
    const end = offset + length * ELEMENT_BYTES[type];
    const data = new ARRAYS[type](input.slice(offset, end).buffer);
    feeds[name] = new model.runtime.Tensor(type, data, dims);
    offset = end;
  }
  const given = await model.session.run(feeds);

  let left = model.outputBytes;
  const outputs: Tensor[] = [];
  for (const name of model.session.outputNames) {
    const { type = "none", dims = [], data } = given[name] ?? {};
    const isTensor = isElementType(type) && data instanceof ARRAYS[type];
    if (!isTensor) return { kind: "failure", reason: `the output ${name} has the type ${type}` };
    left -= data.byteLength;
    if (left < 0) return { kind: "failure", reason: "the outputs are larger than they may be" };
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    outputs.push({ name, type, dims: dims.map(Number), data: bytesToHex(bytes) });
  }
  return { kind: "done", outputs };
}

function isElementType(type: string): type is ElementType {
  return Object.hasOwn(ARRAYS, type);
}

async function answer(message: OnnxSetup | OnnxJob): Promise<ProcessAnswer<OnnxOutput>> {
  try {
    if ("modelPath" in message) {
      loaded = load(message);
      await loaded;
      return { kind: "ready" };
    }
    if (loaded === undefined) return { kind: "failure", reason: "nothing is loaded" };
    return await run(message, await loaded);
  } catch (error) {
    return { kind: "failure", reason: String(error) };
  }
}

process.on("message", async (message) => {
  process.send?.(await answer(message as OnnxSetup | OnnxJob));
});
process.once("disconnect", () => process.exit(0));
