// SPDX-License-Identifier: MIT
import type { ModelId } from "../protocol/ids.ts";
import type { Model } from "../protocol/model.ts";
import type { Request } from "../protocol/request.ts";
import type { VerifyingKey } from "../zkml/index.ts";
import { MAX_UNITS } from "./runtimes/limit.ts";
import type { Computed, ServedModel } from "./runtimes/types.ts";

/** A model version that the node has, with what the chain says about it. */
export interface KnownModel {
  id: ModelId;
  /** Also the name of its circuit. */
  name: string;
  served: ServedModel;
  registered: Model;
  /** What proofs are verified with; undefined when ZKML is not a path. */
  verifyingKey: VerifyingKey | undefined;
  /** Units that one inference costs on chain; undefined when each is metered. */
  fixedUnits: number | undefined;
}

/** The node's models by id. */
export class Models {
  readonly #models: ReadonlyMap<ModelId, KnownModel>;

  constructor(models: readonly KnownModel[]) {
    this.#models = new Map(models.map((known) => [known.id, known]));
  }

  get(id: ModelId): KnownModel | undefined {
    return this.#models.get(id);
  }

  all(): KnownModel[] {
    return [...this.#models.values()];
  }

  /** Runs the model for a request, within what the request pays for. */
  async compute(
    { served, fixedUnits }: KnownModel,
    input: Uint8Array,
    { request, signal }: { request: Request; signal: AbortSignal },
  ): Promise<Computed> {
    const { output, units } = await served.run(input, { signal, maxUnits: maxUnitsOf(request) });
    return { output, units: fixedUnits ?? units };
  }

  /** Whether these bytes are the input that was committed to. */
  isInput({ served }: KnownModel, input: Uint8Array, commitment: string): boolean {
    return served.commitInput(input) === commitment.toLowerCase();
  }
}

/** Units that the request's maximum fee covers. */
function maxUnitsOf({ maxFee, unitPrice }: Request): number {
  if (unitPrice === 0n) return MAX_UNITS;
  const units = maxFee / unitPrice;
  return units < BigInt(MAX_UNITS) ? Number(units) : MAX_UNITS;
}
