// SPDX-License-Identifier: MIT
import { ModelFormatError } from "./errors.ts";

/** A dense layer: `weights[output][input]` and one bias per output, all integers. */
export interface QuantisedLayer {
  /** Signed 8-bit weights, one row per output. */
  weights: readonly (readonly number[])[];
  /** Signed 32-bit biases, one per output. */
  bias: readonly number[];
  /** Bits dropped from the accumulator after ReLU; 0 on the last layer. */
  shift: number;
  /** Width that activations saturate to; `null` on the last layer, whose outputs are the logits. */
  activationBits: number | null;
}

/**
 * An integer classifier: dense layers with ReLU, power-of-two requantisation and saturation between
 * them, and the class of the highest logit (the lowest one on a tie) as its only output byte.
 */
export interface QuantisedModel {
  name: string;
  version: string;
  /** Every input value is an integer from 0 to 2^bits - 1. */
  input: { length: number; bits: number };
  layers: readonly QuantisedLayer[];
  output: { kind: "class"; classes: number; bytes: 1 };
  /** Metered units that one inference costs. */
  unitsPerInference: number;
  /** Share of correct answers, measured when the model was trained. */
  accuracy: { integer: number; float: number; samples: number };
}

/** Limits of what the integer runtime and the circuit generator handle. */
export const MODEL_LIMITS = {
  inputLength: 800,
  inputBits: 8,
  layers: 8,
  layerOutputs: 1024,
  classes: 256,
  shift: 30,
  activationBits: 16,
} as const;

type Fields = Record<string, unknown>;

function fields(value: unknown, path: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ModelFormatError(path, "an object");
  }
  return value as Fields;
}

function list(value: unknown, path: string, length?: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new ModelFormatError(path, "an array");
  if (length !== undefined && value.length !== length) {
    throw new ModelFormatError(path, `${length} entries, found ${value.length}`);
  }
  return value;
}

function integer(value: unknown, path: string, lowest: number, highest: number): number {
  if (!Number.isInteger(value) || Number(value) < lowest || Number(value) > highest) {
    throw new ModelFormatError(path, `an integer from ${lowest} to ${highest}`);
  }
  return Number(value);
}

function text(value: unknown, path: string, pattern: RegExp): string {
  if (typeof value !== "string" || !pattern.test(value)) {
    throw new ModelFormatError(path, `text matching ${pattern}`);
  }
  return value;
}

function share(value: unknown, path: string): number {
  if (typeof value !== "number" || !(value >= 0 && value <= 1)) {
    throw new ModelFormatError(path, "a number from 0 to 1");
  }
  return value;
}

function parseLayer(value: unknown, path: string, inputs: number, isLast: boolean): QuantisedLayer {
  const layer = fields(value, path);
  const rows = list(layer["weights"], `${path}.weights`);
  integer(rows.length, `${path}.weights.length`, 1, MODEL_LIMITS.layerOutputs);

  const weights = rows.map((row, output) =>
    list(row, `${path}.weights[${output}]`, inputs).map((weight, input) =>
      integer(weight, `${path}.weights[${output}][${input}]`, -128, 127),
    ),
  );
  const bias = list(layer["bias"], `${path}.bias`, rows.length).map((entry, output) =>
    integer(entry, `${path}.bias[${output}]`, -(2 ** 31), 2 ** 31 - 1),
  );
  const shift = integer(layer["shift"], `${path}.shift`, 0, isLast ? 0 : MODEL_LIMITS.shift);
  if (!isLast) {
    const bits = integer(
      layer["activationBits"],
      `${path}.activationBits`,
      1,
      MODEL_LIMITS.activationBits,
    );
    return { weights, bias, shift, activationBits: bits };
  }
  if (layer["activationBits"] !== null) {
    throw new ModelFormatError(`${path}.activationBits`, "null on the last layer");
  }
  return { weights, bias, shift, activationBits: null };
}

/**
 * Reads a model from parsed JSON and checks every shape and range, so that nothing later has to.
 *
 * @throws {ModelFormatError} naming the first field that is wrong.
 */
export function parseModel(value: unknown): QuantisedModel {
  const model = fields(value, "model");
  const input = fields(model["input"], "input");
  const length = integer(input["length"], "input.length", 1, MODEL_LIMITS.inputLength);
  const bits = integer(input["bits"], "input.bits", 1, MODEL_LIMITS.inputBits);

  const entries = list(model["layers"], "layers");
  integer(entries.length, "layers.length", 1, MODEL_LIMITS.layers);
  const layers: QuantisedLayer[] = [];
  let width = length;
  for (const [index, entry] of entries.entries()) {
    const layer = parseLayer(entry, `layers[${index}]`, width, index === entries.length - 1);
    layers.push(layer);
    width = layer.bias.length;
  }

  const output = fields(model["output"], "output");
  text(output["kind"], "output.kind", /^class$/);
  integer(output["bytes"], "output.bytes", 1, 1);
  integer(width, "output.classes", 2, MODEL_LIMITS.classes);
  const classes = integer(output["classes"], "output.classes", width, width);
  const accuracy = fields(model["accuracy"], "accuracy");

  return {
    name: text(model["name"], "name", /^[a-z][a-z0-9-]{0,31}$/),
    version: text(model["version"], "version", /^\d+\.\d+\.\d+$/),
    input: { length, bits },
    layers,
    output: { kind: "class", classes, bytes: 1 },
    unitsPerInference: integer(model["unitsPerInference"], "unitsPerInference", 1, 2 ** 32 - 1),
    accuracy: {
      integer: share(accuracy["integer"], "accuracy.integer"),
      float: share(accuracy["float"], "accuracy.float"),
      samples: integer(accuracy["samples"], "accuracy.samples", 0, Number.MAX_SAFE_INTEGER),
    },
  };
}

/** The one spelling of a model file: fixed field order, one row of weights per line. */
export function formatModel(model: QuantisedModel): string {
  const { name, version, input, layers, output, unitsPerInference, accuracy } = model;
  const shown = layers.map((layer) => {
    const rows = layer.weights.map((row) => `        ${JSON.stringify(row)}`).join(",\n");
    return [
      `    {`,
      `      "weights": [\n${rows}\n      ],`,
      `      "bias": ${JSON.stringify(layer.bias)},`,
      `      "shift": ${layer.shift},`,
      `      "activationBits": ${layer.activationBits}`,
      `    }`,
    ].join("\n");
  });
  const { length, bits } = input;
  const { kind, classes, bytes } = output;
  const { integer, float, samples } = accuracy;
  return [
    `{`,
    `  "name": ${JSON.stringify(name)},`,
    `  "version": ${JSON.stringify(version)},`,
    `  "input": ${JSON.stringify({ length, bits })},`,
    `  "layers": [\n${shown.join(",\n")}\n  ],`,
    `  "output": ${JSON.stringify({ kind, classes, bytes })},`,
    `  "unitsPerInference": ${unitsPerInference},`,
    `  "accuracy": ${JSON.stringify({ integer, float, samples })}`,
    `}\n`,
  ].join("\n");
}
