// SPDX-License-Identifier: MIT
import type { EvidenceSet } from "../../protocol/evidence.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { QuantisedModel } from "../../zkml/index.ts";

/** What a model answered. */
export interface Computed {
  output: Uint8Array;
  /** Metered; a version with fixed units charges those instead. */
  units: number;
}

export interface RunOptions {
  /** Ends the run. */
  signal: AbortSignal;
  /** Most units that the request pays for. */
  maxUnits: number;
}

/** What a model is computed with; {@link limitRuntime} adds time and number. */
export interface ModelRuntime {
  /** The node's own name for the model; of an integer model also the name of its circuit. */
  readonly name: string;
  readonly kind: "integer" | "onnx" | "openai";
  /** Name and version of the runtime, as an enclave measures it: another behaviour is another version. */
  readonly identity: string;
  /** Whether equal inputs give equal output bytes, whenever and wherever they are computed. */
  readonly deterministic: boolean;
  readonly weightsCommitment: Hex32;
  /** The paths that a version of this model may offer. */
  readonly paths: EvidenceSet;
  /** Units of one inference; undefined when they are metered. */
  readonly unitsPerInference: number | undefined;
  /** The integer model behind it: only such a model has a circuit. */
  readonly integer: QuantisedModel | undefined;
  /**
   * Commits to an input by the model's scheme.
   *
   * @throws `BaseError` if the model does not take these bytes.
   */
  commitInput(input: Uint8Array): Hex32;
  /** Makes ready what runs need, until the signal aborts. A node that runs nothing need not call it. */
  start(signal: AbortSignal): Promise<void>;
  /** Computes an input's output; throws a `RuntimeError` if it cannot. */
  run(input: Uint8Array, options: RunOptions): Promise<Computed> | Computed;
}

/** How much one model may take of a node. */
export interface RunLimits {
  /** Milliseconds of one run. */
  timeoutMs: number;
  /** Runs at once. */
  concurrency: number;
  /** Runs that may wait for others; more are refused. */
  waiting: number;
  /** Most bytes of an output. */
  outputBytes: number;
}

/** A model as a node serves it: what its kind computes, within limits. */
export interface ServedModel extends ModelRuntime {
  readonly limits: RunLimits;
  run(input: Uint8Array, options: RunOptions): Promise<Computed>;
}
