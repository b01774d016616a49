// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { ensureCircuit, loadModel, type Circuit } from "../../src/zkml/index.ts";
import { parseModel, type QuantisedModel } from "../../src/zkml/model.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A fresh clone makes the powers of tau in the first test that needs them. */
export const BUILD_TIMEOUT_MS = 240_000;

export const digitsModel = (): Promise<QuantisedModel> => loadModel("digits");

export const digitsCircuit = (): Promise<Circuit> => ensureCircuit({ circuit: "digits" });

/** Deterministic integers below `bound`. */
export function createRandom(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** `count` inputs over the whole domain [0, 31]. */
export function randomInputs(count: number, seed: number): Uint8Array[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => Uint8Array.from({ length: 64 }, () => random(32)));
}

/** For each hidden neuron of the model, the inputs that make its accumulator highest and lowest. */
export function extremeInputs(model: QuantisedModel): Uint8Array[] {
  const rows = model.layers[0]?.weights ?? [];
  return rows.flatMap((row) => [
    Uint8Array.from(row, (weight) => (weight > 0 ? 31 : 0)),
    Uint8Array.from(row, (weight) => (weight < 0 ? 31 : 0)),
  ]);
}

/** Two inputs, two hidden neurons, two classes: small enough to compute by hand. */
export function tinyModel(changes: Partial<QuantisedModel> = {}): QuantisedModel {
  return parseModel({
    name: "tiny",
    version: "1.0.0",
    input: { length: 2, bits: 5 },
    layers: [
      {
        weights: [
          [2, -3],
          [100, 5],
        ],
        bias: [4, 1],
        shift: 1,
        activationBits: 8,
      },
      {
        weights: [
          [1, -1],
          [-2, 3],
        ],
        bias: [10, -7],
        shift: 0,
        activationBits: null,
      },
    ],
    output: { kind: "class", classes: 2, bytes: 1 },
    unitsPerInference: 1,
    accuracy: { integer: 0, float: 0, samples: 0 },
    ...changes,
  });
}

export interface LabelledDigit {
  pixels: Uint8Array;
  label: number;
}

/** The test set of `ASSAY_DATA`, or nothing when it is absent. */
export function digitsTestSet(): LabelledDigit[] | undefined {
  const file = path.join(process.env["ASSAY_DATA"] ?? "", "digits/test.csv");
  if (process.env["ASSAY_DATA"] === undefined || !existsSync(file)) return undefined;
  const rows = readFileSync(file, "utf8").trim().split("\n");
  return rows.map((row) => {
    const values = row.split(",").map(Number);
    return { pixels: Uint8Array.from(values.slice(0, 64)), label: values[64] ?? -1 };
  });
}

/** Skips a test and says in its title what would run it. */
export function skipWithoutData(context: Mocha.Context): never {
  if (context.test !== undefined) {
    context.test.title += " (skipped: set ASSAY_DATA to a folder with digits/test.csv)";
  }
  return context.skip();
}

/** The error that a function throws; undefined when it throws none. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The error that a promise rejects with; undefined when it resolves. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** A copy with one field replaced, or removed when the value is undefined. */
export function withField(value: object, path: string, replacement: unknown): unknown {
  const copy = structuredClone(value);
  const keys = path.split(".");
  const last = keys.pop()!;
  let target = copy as Record<string, unknown>;
  for (const key of keys) target = target[key] as Record<string, unknown>;
  if (replacement === undefined) delete target[last];
  else target[last] = replacement;
  return copy;
}
