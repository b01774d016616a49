// SPDX-License-Identifier: MIT
/** Owns which receipts wait for their batch, in memory: as many as the store has in none. */
import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32, ModelId, RequestId } from "../../protocol/ids.ts";
import type { Models } from "../models.ts";
import type { KeptReceipt } from "./types.ts";

export class Pending {
  readonly #models: Models;
  readonly #receipts = new Map<RequestId, KeptReceipt>();

  constructor(models: Models) {
    this.#models = models;
  }

  get size(): number {
    return this.#receipts.size;
  }

  add(receipt: KeptReceipt): void {
    this.#receipts.set(receipt.id, receipt);
  }

  remove(ids: Iterable<RequestId>): void {
    for (const id of ids) this.#receipts.delete(id);
  }

  all(): Iterable<KeptReceipt> {
    return this.#receipts.values();
  }

  /** Those that wait for their proof. */
  unproved(): KeptReceipt[] {
    return [...this.#receipts.values()].filter(({ evidence }) => evidence === undefined);
  }

  /** Token units that the waiting claims of a model will lock. */
  bondOf(modelId: ModelId): bigint {
    const bond = this.#models.get(modelId)?.registered.bond ?? 0n;
    let sum = 0n;
    for (const { order, answer } of this.#receipts.values()) {
      if (answer.kind !== Evidence.VANILLA || order.request.modelId !== modelId) continue;
      sum += bond + order.request.declaredValue;
    }
    return sum;
  }

  /** Content that they need. */
  *names(): Iterable<Hex32> {
    for (const { id, order, answer } of this.#receipts.values()) {
      yield id;
      yield order.request.inputCommitment;
      yield answer.result.outputCommitment;
    }
  }
}
