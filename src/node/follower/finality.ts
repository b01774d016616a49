// SPDX-License-Identifier: MIT
import type { ChainSource } from "./chain-source.ts";
import { ProviderReadError } from "./errors.ts";
import type { ChainBlock } from "./types.ts";

/** Where the chain does not say which blocks are final. */
const FINAL_DEPTH = 64n;

/** Knows which blocks are final: by the chain's word, where that says more than "all of them". */
export class Finality {
  #isTold: boolean;

  /** Local chains call their head final, and replace it all the same. */
  constructor(isLocal: boolean) {
    this.#isTold = !isLocal;
  }

  async read(source: ChainSource, head: ChainBlock): Promise<bigint> {
    const byDepth = head.number - FINAL_DEPTH;
    if (!this.#isTold) return byDepth;
    try {
      const block = await source.readBlock("finalized");
      return block === undefined || block.number >= head.number ? byDepth : block.number;
    } catch (error) {
      if (!(error instanceof ProviderReadError) || error.kind !== "refused") throw error;
      this.#isTold = false;
      return byDepth;
    }
  }
}
