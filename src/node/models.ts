// SPDX-License-Identifier: MIT
import type { ModelId } from "../protocol/ids.ts";
import type { Model } from "../protocol/model.ts";
import { BaseError } from "../protocol/errors.ts";
import { commitInput, type QuantisedModel, runModel, type VerifyingKey } from "../zkml/index.ts";
import { RuntimeFailedError } from "./errors.ts";
import type { Runtime } from "./types.ts";

/** A model version that the node has, with what the chain says about it. */
export interface KnownModel {
  id: ModelId;
  /** Also the name of its circuit. */
  name: string;
  model: QuantisedModel;
  registered: Model;
  /** What proofs are verified with; undefined when ZKML is not a path. */
  verifyingKey: VerifyingKey | undefined;
  /** Units that one inference costs on chain. */
  units: number;
}

/** What a model answered. */
export interface Computed {
  output: Uint8Array;
  units: number;
}

/** The node's models by id, and the runtime that runs them. */
export class Models {
  readonly #models: ReadonlyMap<ModelId, KnownModel>;
  readonly #runtime: Runtime;

  constructor(models: readonly KnownModel[], runtime: Runtime = integerRuntime) {
    this.#models = new Map(models.map((known) => [known.id, known]));
    this.#runtime = runtime;
  }

  get(id: ModelId): KnownModel | undefined {
    return this.#models.get(id);
  }

  all(): KnownModel[] {
    return [...this.#models.values()];
  }

  /** Runs the node's runtime. */
  async compute({ model, units }: KnownModel, input: Uint8Array): Promise<Computed> {
    try {
      return { output: await this.#runtime(model, input), units };
    } catch (cause) {
      if (cause instanceof BaseError) throw cause;
      throw new RuntimeFailedError("it threw", cause);
    }
  }

  /** Whether these bytes are the input that was committed to. */
  isInput({ model }: KnownModel, input: Uint8Array, commitment: string): boolean {
    return commitInput(model, input) === commitment.toLowerCase();
  }
}

function integerRuntime(model: QuantisedModel, input: Uint8Array): Uint8Array {
  return runModel(model, input).output;
}
