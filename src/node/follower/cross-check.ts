// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import type { ChainSource } from "./chain-source.ts";
import { ProviderError, ProvidersDisagreeError } from "./errors.ts";
import type { Agreement } from "./types.ts";

/**
 * Compares confirmed blocks with the second provider's. Each block names the one before it, so that two providers that
 * have one hash in common have the same chain below it. A provider that does not answer stops nobody.
 */
export class CrossCheck {
  #agreement: Agreement = "off";
  #agreed: Hex | undefined;

  get agreement(): Agreement {
    return this.#agreement;
  }

  /**
   * Asks for the block, unless it was agreed on before.
   *
   * @throws {ProvidersDisagreeError}
   */
  async check(
    block: { number: bigint; hash: Hex },
    second: ChainSource | undefined,
  ): Promise<void> {
    if (block.hash === this.#agreed) return;
    this.#agreement = "unavailable";
    if (second === undefined) return;
    let found: Hex | undefined;
    try {
      found = (await second.readBlock(block.number))?.hash;
      second.praise();
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      second.rest();
    }
    if (found === undefined) return;
    this.#agreement = found === block.hash ? "agreed" : "disagreed";
    if (found !== block.hash) throw new ProvidersDisagreeError(block.number, block.hash, found);
    this.#agreed = block.hash;
  }
}
