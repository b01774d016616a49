// SPDX-License-Identifier: MIT
// Inputs and outputs of models that take and give tensors.
import type { Hex } from "viem";

import { InvalidFieldError } from "./errors.ts";
import {
  hexBytes,
  listOf,
  objectOf,
  oneOf,
  parseJson,
  textOf,
  toCanonicalJson,
  uint,
} from "./json.ts";

/** Bytes of an element. */
export const ELEMENT_BYTES = { float32: 4, int32: 4, int64: 8, uint8: 1 } as const;
export type ElementType = keyof typeof ELEMENT_BYTES;

/** The form of a tensor. */
export interface TensorForm {
  name: string;
  type: ElementType;
  dims: number[];
}

/** A tensor with its elements, little-endian, the last dimension first. */
export interface Tensor extends TensorForm {
  data: Hex;
}

/** Output of a model that gives tensors. The format's name makes it no other bytes' equal. */
export interface TensorOutput {
  format: typeof TENSOR_OUTPUT_FORMAT;
  outputs: Tensor[];
}

export const TENSOR_OUTPUT_FORMAT = "assay/tensor-output/1";
const TENSORS_MAX = 64;
const DIMS_MAX = 8;
const MAX_CHARS = 4 * 1024 * 1024;

const form = {
  name: textOf(/^[\x20-\x7e]{1,128}$/, "1 to 128 printable characters"),
  type: oneOf(["float32", "int32", "int64", "uint8"]),
  dims: listOf(uint(32), DIMS_MAX),
};

export const readTensorForms = listOf(objectOf<TensorForm>(form), TENSORS_MAX);

const readTensorOutput = objectOf<TensorOutput>({
  format: oneOf([TENSOR_OUTPUT_FORMAT]),
  outputs: listOf(objectOf<Tensor>({ ...form, data: hexBytes() }), TENSORS_MAX),
});

/** Bytes of a tensor's elements. */
export function tensorBytes({ type, dims }: Omit<TensorForm, "name">): number {
  return dims.reduce((product, dim) => product * dim, ELEMENT_BYTES[type]);
}

/** Bytes of an input: the elements of all its tensors, one after another. */
export function inputBytesOf(inputs: readonly TensorForm[]): number {
  return inputs.reduce((sum, input) => sum + tensorBytes(input), 0);
}

export function encodeTensorOutput(outputs: readonly Tensor[]): Uint8Array {
  const text = toCanonicalJson({ format: TENSOR_OUTPUT_FORMAT, outputs });
  return new TextEncoder().encode(text);
}

/** @throws `BaseError` unless the bytes are what {@link encodeTensorOutput} makes. */
export function decodeTensorOutput(bytes: Uint8Array): TensorOutput {
  const given = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const value = parseJson(given, readTensorOutput, { what: "tensors", limit: MAX_CHARS });
  for (const [index, tensor] of value.outputs.entries()) {
    if (tensor.data.length === 2 + 2 * tensorBytes(tensor)) continue;
    throw new InvalidFieldError(`$.outputs[${index}].data`, "the elements of its dims");
  }
  if (toCanonicalJson(value) === given) return value;
  throw new InvalidFieldError("$", "canonical JSON: keys sorted, no white space");
}
