// SPDX-License-Identifier: MIT
import type { QuantisedLayer, QuantisedModel } from "./model.ts";

/** All integers from `lowest` to `highest`. */
export interface Interval {
  lowest: number;
  highest: number;
}

/** What the accumulators of a model can be, for any input of its domain. */
export interface ModelIntervals {
  layers: readonly {
    /** One interval per output. */
    accumulators: readonly Interval[];
    /** Least n such that every accumulator of the layer is in [-2^(n-1), 2^(n-1)). */
    accumulatorBits: number;
  }[];
  /** Least n such that any logit minus any other is below 2^n. */
  logitGapBits: number;
}

/** Number of binary digits of a non-negative integer. */
function bitLength(value: number): number {
  return value === 0 ? 0 : value.toString(2).length;
}

/** Least width of two's complement that holds the whole interval. */
export function signedBits({ lowest, highest }: Interval): number {
  return 1 + Math.max(bitLength(Math.max(highest, 0)), bitLength(Math.max(-lowest - 1, 0)));
}

function affine(weights: readonly number[], bias: number, inputs: readonly Interval[]): Interval {
  let lowest = bias;
  let highest = bias;
  for (const [index, { lowest: low, highest: high }] of inputs.entries()) {
    const weight = weights[index] ?? 0;
    lowest += weight * (weight < 0 ? high : low);
    highest += weight * (weight < 0 ? low : high);
  }
  return { lowest, highest };
}

function activate(accumulator: number, shift: number, bits: number): number {
  return Math.min(Math.floor(Math.max(accumulator, 0) / 2 ** shift), 2 ** bits - 1);
}

/**
 * The widest gap between two logits: the interval of each difference, not the difference of the
 * intervals.
 */
function widestGap({ weights, bias }: QuantisedLayer, inputs: readonly Interval[]): number {
  let widest = 0;
  for (const [i, row] of weights.entries()) {
    for (const [j, other] of weights.entries()) {
      const difference = row.map((weight, index) => weight - (other[index] ?? 0));
      const gap = affine(difference, (bias[i] ?? 0) - (bias[j] ?? 0), inputs).highest;
      widest = Math.max(widest, gap);
    }
  }
  return widest;
}

/**
 * Interval analysis over the whole input domain [0, 2^bits - 1]. The circuit decomposes every
 * accumulator into the width found here, so that no input that passes the range check can lack a
 * witness.
 */
export function analyseIntervals(model: QuantisedModel): ModelIntervals {
  const domain: Interval = { lowest: 0, highest: 2 ** model.input.bits - 1 };
  let inputs: readonly Interval[] = Array.from({ length: model.input.length }, () => domain);
  let logitGapBits = 0;

  const layers = model.layers.map((layer) => {
    const accumulators = layer.weights.map((row, output) =>
      affine(row, layer.bias[output] ?? 0, inputs),
    );
    if (layer.activationBits === null) {
      logitGapBits = bitLength(widestGap(layer, inputs));
    } else {
      const { shift, activationBits } = layer;
      inputs = accumulators.map(({ lowest, highest }) => ({
        lowest: activate(lowest, shift, activationBits),
        highest: activate(highest, shift, activationBits),
      }));
    }
    return { accumulators, accumulatorBits: Math.max(...accumulators.map(signedBits)) };
  });
  return { layers, logitGapBits };
}
