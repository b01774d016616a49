// SPDX-License-Identifier: MIT
// What a model is run with, as its publisher and its nodes write it down; `Model.uri` says where it is.
import { commitUpstream, type Upstream } from "./commitments.ts";
import { InvalidFieldError } from "./errors.ts";
import type { Hex32 } from "./ids.ts";
import { hexBytes, objectOf, oneOf, parseJson, type Reader, textOf, uint } from "./json.ts";
import { inputBytesOf, readTensorForms, type TensorForm } from "./tensors.ts";

/** Limits of one model on one node. */
export interface ManifestLimits {
  outputBytes: number;
  /** Of one run. */
  timeoutMs: number;
  /** Runs at once. */
  concurrency: number;
}

/** A model of this package's integer format: bit-exact. */
export interface IntegerManifest {
  kind: "integer";
  /** In the manifest's folder. */
  file: string;
  weightsCommitment: Hex32;
}

/** An ONNX file, run in floating point. */
export interface OnnxManifest {
  kind: "onnx";
  /** In the manifest's folder. */
  file: string;
  weightsCommitment: Hex32;
  /** The tensors of which an input's bytes consist, in this order. */
  inputs: TensorForm[];
  unitsPerInference: number;
  limits: ManifestLimits & {
    /** Of one run's whole process. */
    memoryMB: number;
  };
}

/** A model that an OpenAI-compatible service runs. */
export interface OpenaiManifest {
  kind: "openai";
  upstream: Upstream;
  weightsCommitment: Hex32;
  limits: ManifestLimits & {
    inputBytes: number;
    /** Most tokens of one answer. */
    outputTokens: number;
  };
}

export type Manifest = IntegerManifest | OnnxManifest | OpenaiManifest;

const FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const MODEL = /^[\x21-\x7e]{1,128}$/;
const URL_MAX = 256;
/** As hex it fits the body that a node reads. */
const INPUT_BYTES_MAX = 32_000;
const MANIFEST_MAX_CHARS = 16_384;

/** An integer from 1 to `highest`. */
function upTo(highest: number): Reader<number> {
  const read = uint(53);
  return (value, path) => {
    const number = read(value, path);
    if (number >= 1 && number <= highest) return number;
    throw new InvalidFieldError(path, `an integer from 1 to ${highest}`);
  };
}

/** A base URL without anything that would not be part of the commitment, or that would be a secret in it. */
const readUrl: Reader<string> = (value, path) => {
  if (typeof value === "string" && value.length <= URL_MAX && URL.canParse(value)) {
    const { protocol, username, password, search, hash, href } = new URL(value);
    const isPlain = `${username}${password}${search}${hash}` === "" && !/[?#]/.test(value);
    if (/^https?:$/.test(protocol) && isPlain && href.replace(/\/$/, "") === value) return value;
  }
  throw new InvalidFieldError(
    path,
    "an http(s) URL in normal form, without user, query or final /",
  );
};

const readInputs: Reader<TensorForm[]> = (value, path) => {
  const inputs = readTensorForms(value, path);
  const bytes = inputBytesOf(inputs);
  if (bytes >= 1 && bytes <= INPUT_BYTES_MAX) return inputs;
  throw new InvalidFieldError(path, `tensors of 1 to ${INPUT_BYTES_MAX} bytes together`);
};

const readFileName = textOf(FILE, "the name of a file in the manifest's folder");

const limits = {
  outputBytes: upTo(65_536),
  timeoutMs: upTo(600_000),
  concurrency: upTo(256),
};

const KINDS = {
  integer: objectOf<IntegerManifest>({
    kind: oneOf(["integer"]),
    file: readFileName,
    weightsCommitment: hexBytes(32),
  }),
  onnx: objectOf<OnnxManifest>({
    kind: oneOf(["onnx"]),
    file: readFileName,
    weightsCommitment: hexBytes(32),
    inputs: readInputs,
    unitsPerInference: upTo(2 ** 32),
    limits: objectOf({ ...limits, memoryMB: upTo(65_536) }),
  }),
  openai: objectOf<OpenaiManifest>({
    kind: oneOf(["openai"]),
    upstream: objectOf<Upstream>({
      url: readUrl,
      api: oneOf(["chat", "completions"]),
      model: textOf(MODEL, "1 to 128 printable characters without spaces"),
    }),
    weightsCommitment: hexBytes(32),
    limits: objectOf({
      ...limits,
      inputBytes: upTo(INPUT_BYTES_MAX),
      outputTokens: upTo(1_000_000),
    }),
  }),
} as const;

/** Reads a manifest; what its kind does not know is refused. */
export const readManifest: Reader<Manifest> = (value, path) => {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : value;
  const read = KINDS[oneOf(["integer", "onnx", "openai"])(kind, `${path}.kind`)];
  const manifest: Manifest = read(value, path);
  if (manifest.kind === "openai") {
    const expected = commitUpstream(manifest.upstream);
    if (manifest.weightsCommitment !== expected) {
      throw new InvalidFieldError(`${path}.weightsCommitment`, `${expected}, of its upstream`);
    }
  }
  return manifest;
};

/** Parses the text of a manifest. */
export function parseManifest(text: string): Manifest {
  return parseJson(text, readManifest, { what: "manifest", limit: MANIFEST_MAX_CHARS });
}

/** Whether every run of such a model gives the same bytes: only then does another run judge a result. */
export function isReproducible({ kind }: Pick<Manifest, "kind">): boolean {
  return kind === "integer";
}
