// SPDX-License-Identifier: MIT
/** Owns what the node shows of its batches: leaves and pages to the committee, documents with their proofs to clients. */
import { type BatchReceiptDocument } from "../../protocol/batch-receipt.ts";
import { placeAt } from "../../protocol/batch-judge.ts";
import type { BatchReceipt } from "../../protocol/batch.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { ReceiptPendingError, ReceiptUnknownError } from "../http/errors.ts";
import type { Shared } from "../shared.ts";
import { type Assembly, assemble, partsOf } from "./assembly.ts";
import { auditTerms } from "./audit.ts";
import type { ReceiptStore } from "./receipt-store.ts";
import type { KeptBatch, KeptReceipt } from "./types.ts";

/** Batches that are held with their proofs; the others are made again when they are asked for. */
const MAX_HELD = 8;

interface HeldBatch extends Assembly {
  batch: KeptBatch;
  kept: readonly KeptReceipt[];
  positions: ReadonlyMap<RequestId, number>;
}

export class BatchArchive {
  readonly #shared: Shared;
  readonly #store: ReceiptStore;
  readonly #held = new Map<Hex32, Promise<HeldBatch>>();

  constructor(shared: Shared, store: ReceiptStore) {
    this.#shared = shared;
    this.#store = store;
  }

  async leaves(root: Hex32): Promise<Hex32[]> {
    return (await this.#get(root)).leaves;
  }

  async page(root: Hex32, from: number, count: number): Promise<BatchReceipt[]> {
    return (await this.#get(root)).receipts.slice(from, from + count);
  }

  async opening(root: Hex32, position: number) {
    const { receipts, proofs } = await this.#get(root);
    const [receipt, proof] = [receipts[position], proofs[position]];
    if (receipt === undefined || proof === undefined) throw new ReceiptUnknownError();
    return { position, receipt, proof };
  }

  /** @throws {ReceiptUnknownError} or {@link ReceiptPendingError} */
  async document(id: RequestId): Promise<BatchReceiptDocument> {
    const { chain, batches } = this.#shared;
    const found = await this.#store.find(id);
    if (found === undefined) throw new ReceiptUnknownError();
    const posted = found.root === undefined ? undefined : batches.find(chain.address, found.root);
    if (found.root === undefined || posted === undefined) throw new ReceiptPendingError();
    const { batch, positions } = await this.#get(found.root);
    const { position, receipt, proof } = await this.opening(found.root, positions.get(id) ?? -1);
    const { chainId, market, batchSettler: settler } = chain.deployment;
    const { header, transactionHash, blockNumber, blockHash, refused } = posted;
    const timestamp = BigInt(header.postedAt);
    const place = placeAt(partsOf(batch.vouchers, batch.signers, refused), position);
    if (place === undefined) throw new ReceiptUnknownError();
    return {
      version: 1,
      chainId,
      market,
      settler,
      requestId: id,
      batchId: posted.id,
      header,
      place,
      position,
      receipt,
      siblings: proof,
      output: found.answer.output,
      resultSignature: found.answer.signature,
      postedIn: { transactionHash, blockNumber, blockHash, timestamp },
    };
  }

  /** Made once for all who ask. */
  async #get(root: Hex32): Promise<HeldBatch> {
    const name = root.toLowerCase() as Hex32;
    const held = this.#held.get(name);
    if (held !== undefined) return held;
    const [oldest] = this.#held.keys();
    if (this.#held.size >= MAX_HELD && oldest !== undefined) this.#held.delete(oldest);
    const making = this.#make(name);
    this.#held.set(name, making);
    making.catch(() => this.#held.delete(name));
    return making;
  }

  async #make(root: Hex32): Promise<HeldBatch> {
    const [batch, kept] = await Promise.all([
      this.#store.batch(root),
      this.#store.receiptsOf(root),
    ]);
    if (batch === undefined) throw new ReceiptUnknownError();
    const terms = await auditTerms(this.#shared, batch.posting.modelId);
    const positions = new Map(kept.map(({ id }, position) => [id, position]));
    return { batch, kept, positions, ...assemble(kept, terms) };
  }
}
