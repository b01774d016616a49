// SPDX-License-Identifier: MIT
import { InputLengthError, InputRangeError } from "./errors.ts";
import type { QuantisedLayer, QuantisedModel } from "./model.ts";

/** The answer of an integer model. */
export interface ModelAnswer {
  /** The class, as one byte: what the output commitment covers. */
  output: Uint8Array;
  /** One score per class. */
  logits: number[];
}

/**
 * Refuses an input that is outside the model's domain.
 *
 * @throws {InputLengthError} or {@link InputRangeError}.
 */
export function assertInput(model: QuantisedModel, input: Uint8Array): void {
  if (input.length !== model.input.length) {
    throw new InputLengthError(input.length, model.input.length);
  }
  const highest = 2 ** model.input.bits - 1;
  for (const [index, value] of input.entries()) {
    // An array of numbers may be passed from JavaScript: 1.5 or NaN must not reach the
    // accumulators.
    if (!Number.isInteger(value) || value < 0 || value > highest) {
      throw new InputRangeError(index, value, highest);
    }
  }
}

/**
 * ReLU, then drop `shift` bits (towards zero), then saturate. Without activation the accumulator is
 * the logit.
 */
function requantise(accumulator: number, { shift, activationBits }: QuantisedLayer): number {
  if (activationBits === null) return accumulator;
  return Math.min(Math.floor(Math.max(accumulator, 0) / 2 ** shift), 2 ** activationBits - 1);
}

/**
 * The index of the highest value; the lowest such index on a tie, exactly as the circuit decides
 * it.
 */
export function argMax(values: readonly number[]): number {
  let best = 0;
  for (const [index, value] of values.entries()) {
    if (value > (values[best] ?? value)) best = index;
  }
  return best;
}

/**
 * Runs the integer model. The answer is bit for bit what the circuit proves, so that the instant
 * answer and the proved answer cannot differ.
 *
 * @example
 * const { output } = runModel(await loadModel("digits"), loadDigitImage(bytes));
 */
export function runModel(model: QuantisedModel, input: Uint8Array): ModelAnswer {
  assertInput(model, input);

  let values = Array.from(input);
  for (const layer of model.layers) {
    const previous = values;
    values = layer.weights.map((row, output) => {
      let sum = layer.bias[output] ?? 0;
      for (const [index, weight] of row.entries()) sum += weight * (previous[index] ?? 0);
      return requantise(sum, layer);
    });
  }
  return { output: Uint8Array.of(argMax(values)), logits: values };
}
