// SPDX-License-Identifier: MIT
import { ALL_EVIDENCE } from "../../protocol/evidence.ts";
import { commitInput, type QuantisedModel, runModel, weightsCommitment } from "../../zkml/index.ts";
import { INTEGER_RUNTIME } from "../../zkml/runtime-identity.ts";
import { limitRuntime } from "./limit.ts";
import type { RunLimits, ServedModel } from "./types.ts";

/** Computes an integer model's output bytes. */
export type Runtime = (
  model: QuantisedModel,
  input: Uint8Array,
) => Uint8Array | Promise<Uint8Array>;

/** A run is one synchronous loop of bounded size: the time limit is for runtimes that are given. */
const LIMITS: RunLimits = { timeoutMs: 10_000, concurrency: 16, waiting: 256, outputBytes: 31 };

/** An integer model: bit-exact, so that it may offer every path, and may be judged by equality. */
export function integerModel(
  name: string,
  model: QuantisedModel,
  runtime: Runtime = computeHere,
): ServedModel {
  const { unitsPerInference } = model;
  return limitRuntime(
    {
      name,
      kind: "integer",
      identity: INTEGER_RUNTIME,
      deterministic: true,
      weightsCommitment: weightsCommitment(model),
      paths: ALL_EVIDENCE,
      unitsPerInference,
      integer: model,
      commitInput: (input) => commitInput(model, input),
      start: async () => {},
      run: async (input) => ({ output: await runtime(model, input), units: unitsPerInference }),
    },
    LIMITS,
  );
}

function computeHere(model: QuantisedModel, input: Uint8Array): Uint8Array {
  return runModel(model, input).output;
}
