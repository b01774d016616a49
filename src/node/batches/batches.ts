// SPDX-License-Identifier: MIT
/** Owns an inference node's part in batches of receipts, from the order to the payment. */
import type { Hono } from "hono";

import { BATCH_SIZE_MAX } from "../../client/node/batches.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { OptionInvalidError } from "../errors.ts";
import type { Head } from "../follower/index.ts";
import type { Answers } from "../inference/answers.ts";
import type { EvidenceMaker } from "../inference/evidence-maker.ts";
import type { Shared } from "../shared.ts";
import { BatchArchive } from "./archive.ts";
import { Pending } from "./pending.ts";
import { Poster, POST_TIME } from "./poster.ts";
import { ReceiptDesk } from "./receipt-desk.ts";
import { ReceiptStore } from "./receipt-store.ts";
import { addBatches } from "./routes.ts";
import { BatchSettlement, isPaid } from "./settlement.ts";
import type { BatchOptions } from "./types.ts";

const SIZE = 256;
const AGE_MS = 60_000;

export class Batches {
  readonly #shared: Shared;
  readonly #store: ReceiptStore;
  readonly #pending: Pending;
  readonly #desk: ReceiptDesk;
  readonly #archive: BatchArchive;
  readonly #poster: Poster;
  readonly #settlement: BatchSettlement;
  /** Content that receipts in batches need until these are over, by root. */
  readonly #names = new Map<Hex32, readonly Hex32[]>();
  #head: Head | undefined;

  constructor(
    shared: Shared,
    parts: { answers: Answers; evidence: EvidenceMaker; minUnitPrice: bigint },
    { size = SIZE, ageMs = AGE_MS }: BatchOptions = {},
  ) {
    if (!Number.isInteger(size) || size < 1 || size > BATCH_SIZE_MAX)
      throw new OptionInvalidError("batches.size", `a number from 1 to ${BATCH_SIZE_MAX}`);
    if (!Number.isSafeInteger(ageMs) || ageMs < 0)
      throw new OptionInvalidError("batches.ageMs", "milliseconds");
    const { answers, evidence, minUnitPrice } = parts;
    const longestWait = Math.ceil(ageMs / 1_000) + 2 * POST_TIME;
    const store = new ReceiptStore(shared.database);
    const pending = new Pending(shared.models);
    this.#shared = shared;
    this.#store = store;
    this.#pending = pending;
    const taking = { store, pending, answers, evidence, minUnitPrice, longestWait };
    this.#desk = new ReceiptDesk(shared, taking);
    this.#archive = new BatchArchive(shared, store);
    this.#poster = new Poster(shared, { store, pending, evidence, size, ageMs });
    this.#settlement = new BatchSettlement(shared, this.#archive);
  }

  addRoutes(app: Hono): void {
    const [desk, archive, settlement] = [this.#desk, this.#archive, this.#settlement];
    addBatches(app, { desk, archive, settlement, readHead: () => this.#head });
  }

  /** Goes on with what an earlier process answered and did not settle. */
  async prepare(): Promise<void> {
    await this.#settlement.prepare();
    for (const receipt of await this.#store.pending()) this.#pending.add(receipt);
    for (const batch of await this.#store.batches()) this.#poster.resume(batch);
  }

  onHead(head: Head): void {
    this.#head = head;
    this.#poster.onHead(head);
    this.#settlement.onHead(head);
    this.#watchNames();
  }

  /** What the committee and the node itself may still read. */
  *namesInUse(): Iterable<Hex32> {
    yield* this.#pending.names();
    for (const names of this.#names.values()) yield* names;
  }

  #watchNames(): void {
    const { batches, chain, quick } = this.#shared;
    for (const batch of batches.open()) {
      const { root, node } = batch.header;
      if (node !== chain.address || isPaid(batch) || this.#names.has(root)) continue;
      quick.offer(`names:${root}`, {}, () => this.#readNames(root));
    }
    for (const root of this.#names.keys()) {
      const batch = batches.find(chain.address, root);
      if (batch === undefined || isPaid(batch)) this.#names.delete(root);
    }
  }

  async #readNames(root: Hex32): Promise<void> {
    const receipts = await this.#store.receiptsOf(root);
    const names = receipts.flatMap(({ id, order, answer }) => [
      id,
      order.request.inputCommitment,
      answer.result.outputCommitment,
    ]);
    this.#names.set(root, names);
  }
}
