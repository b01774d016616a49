// SPDX-License-Identifier: MIT
/**
 * Owns the making and posting of batches, one at a time: a channel's next range begins where the last one ended. A batch is kept
 * before it is posted, so that a restart goes on with the same one.
 */
import { type Address, zeroAddress } from "viem";

import { getChannel } from "../../client/actions/getChannel.ts";
import { getParameters } from "../../client/actions/getParameters.ts";
import { getPledge } from "../../client/actions/getPledge.ts";
import { pledge } from "../../client/actions/pledge.ts";
import { postBatch } from "../../client/actions/postBatch.ts";
import { ContractRevertedError } from "../../client/errors.ts";
import { type BatchVoucher, faultName } from "../../protocol/batch.ts";
import { chargeOf, NO_TOTALS } from "../../protocol/batch-judge.ts";
import { toCompactSignature } from "../../protocol/compact-signature.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { type Hex32, type ModelId, ZERO_HEX32 } from "../../protocol/ids.ts";
import { BatchUnsoundError } from "../errors.ts";
import type { Head } from "../follower/index.ts";
import type { EvidenceMaker } from "../inference/evidence-maker.ts";
import { occasion } from "../registration.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import { type Assembly, assemble, draftHeader, partsOf } from "./assembly.ts";
import { auditReceipts, auditTerms } from "./audit.ts";
import type { Pending } from "./pending.ts";
import type { ReceiptStore } from "./receipt-store.ts";
import { type KeptBatch, type KeptReceipt, nameOf } from "./types.ts";

/** Seconds that a posting may take to be mined. */
export const POST_TIME = 120;
/** A batch's sums have 80 bits. */
const SUM_LIMIT = 2n ** 80n;
/** Errors after which the same batch can never be posted. */
const HOPELESS = new Set(["PostingLate", "VouchersAllRefused", "ProvenChargeAboveCharge"]);

export interface PosterParts {
  store: ReceiptStore;
  pending: Pending;
  evidence: EvidenceMaker;
  size: number;
  ageMs: number;
}

export class Poster {
  readonly #shared: Shared;
  readonly #parts: PosterParts;
  /** Batches that were made and are not on chain, as far as this process saw: one, or none. */
  readonly #made = new Map<Hex32, KeptBatch>();

  constructor(shared: Shared, parts: PosterParts) {
    this.#shared = shared;
    this.#parts = parts;
  }

  /** Goes on with what an earlier process made. */
  resume(batch: KeptBatch): void {
    this.#made.set(batch.posting.root, batch);
  }

  onHead(head: Head): void {
    const { quick, tasks, batches, chain } = this.#shared;
    for (const receipt of this.#parts.pending.unproved())
      quick.offer(`proof:${receipt.id}`, { request: receipt.id }, () =>
        this.#lookForProof(receipt),
      );
    for (const root of this.#made.keys())
      if (batches.find(chain.address, root) !== undefined) this.#made.delete(root);
    if (this.#made.size > 0 || this.#dueModel(head) !== undefined)
      tasks.offer("batch", {}, () => this.#advance(head));
  }

  async #lookForProof(receipt: KeptReceipt): Promise<void | "waits"> {
    const { models } = this.#shared;
    const { store, pending, evidence: maker } = this.#parts;
    const { id, order, answer } = receipt;
    const { request } = order;
    const known = models.get(request.modelId);
    if (known === undefined) return;
    const evidence = await maker.make(id, { request, ...answer }, known, answer.kind);
    if (evidence === undefined) return "waits";
    await store.setEvidence(id, evidence);
    pending.add({ ...receipt, evidence });
  }

  /** The model whose receipts are enough, or have waited long enough. */
  #dueModel(head: Head): ModelId | undefined {
    const { pending, size, ageMs } = this.#parts;
    const counts = new Map<ModelId, number>();
    for (const { order, evidence, takenAt } of pending.all()) {
      if (evidence === undefined) continue;
      const { modelId, proveBy } = order.request;
      const count = (counts.get(modelId) ?? 0) + 1;
      counts.set(modelId, count);
      const isOld = Date.now() - takenAt >= ageMs || proveBy <= head.timestamp + 2 * POST_TIME;
      if (isOld || count >= size) return modelId;
    }
    return undefined;
  }

  async #advance(head: Head): Promise<void> {
    const [earlier] = this.#made.values();
    const batch = earlier ?? (await this.#make(head));
    if (batch === undefined) return;
    this.resume(batch);
    await this.#post(batch);
  }

  /* MAKE */

  async #make(head: Head): Promise<KeptBatch | undefined> {
    const { chain, models, signal, logger } = this.#shared;
    const { store, pending } = this.#parts;
    const modelId = this.#dueModel(head);
    const known = modelId === undefined ? undefined : models.get(modelId);
    if (known === undefined) return undefined;
    const runs = await this.#runsOf(known.id, head);
    if (runs.length === 0) return undefined;

    const kept = runs.flatMap(({ receipts }) => receipts);
    const terms = await auditTerms(this.#shared, known.id);
    let assembly = assemble(kept, terms);
    // Keys must count, and dates be ahead, as long as it may take to be mined.
    const postBy = head.timestamp + POST_TIME;
    let batch = toBatch(runs, assembly, postBy);
    const audit = () =>
      auditReceipts({
        chain,
        header: draftHeader(batch, { node: chain.address, count: kept.length, now: postBy }),
        parts: partsOf(batch.vouchers, batch.signers, new Set()),
        receipts: assembly.receipts,
        terms,
        signal,
      });
    let findings = await audit();
    // Signatures of an enclave that is gone are made anew.
    for (const { position } of findings) {
      const receipt = kept[position];
      if (receipt?.answer.kind !== Evidence.TEE) continue;
      const { id, order, answer } = receipt;
      const { request } = order;
      const evidence = await this.#parts.evidence.make(
        id,
        { request, ...answer },
        known,
        answer.kind,
      );
      if (evidence === undefined) continue;
      await store.setEvidence(id, evidence);
      kept[position] = { ...receipt, evidence };
    }
    if (findings.length > 0) {
      assembly = assemble(kept, terms);
      batch = toBatch(runs, assembly, postBy);
      findings = await audit();
    }
    const [finding] = findings;
    if (finding !== undefined) {
      throw new BatchUnsoundError(faultName(finding.fault), finding.position);
    }
    const ids = kept.map(({ id }) => id);
    await store.keepBatch(batch, ids);
    pending.remove(ids);
    logger.info({ root: batch.posting.root, receipts: ids.length }, "batch made");
    return batch;
  }

  /** Of each channel that would take its voucher now, the receipts from the chain's count on that can go into one batch. */
  async #runsOf(modelId: ModelId, head: Head): Promise<Run[]> {
    const { chain } = this.#shared;
    const { client, deployment, address: node } = chain;
    const { longestOrder } = await getParameters(client, { deployment });
    const postBy = head.timestamp + POST_TIME;
    const byChannel = groupByChannel(await this.#parts.store.pending());
    const runs: Run[] = [];
    let count = 0;
    let sum = 0n;
    for (const waiting of byChannel.values()) {
      const [first] = waiting;
      if (first === undefined || count >= this.#parts.size) continue;
      const { client: owner, signer } = first;
      const stored = await getChannel(client, { deployment, client: owner, node, signer });
      const isOver = postBy >= stored.until + longestOrder;
      if (isOver || first.order.index !== stored.count) continue;
      const receipts: KeptReceipt[] = [];
      let toCharge = stored.charged;
      for (const receipt of waiting) {
        const { order, answer, evidence } = receipt;
        const charge = chargeOf({ ...order, ...answer.result });
        const fits = count + receipts.length < this.#parts.size && sum + charge < SUM_LIMIT;
        const isNext = order.request.modelId === modelId && evidence !== undefined;
        if (!fits || !isNext || toCharge + charge > stored.deposited) break;
        if (order.request.proveBy <= postBy) break;
        receipts.push(receipt);
        toCharge += charge;
        sum += charge;
      }
      count += receipts.length;
      if (receipts.length > 0)
        runs.push({ signer, receipts, fromCharge: stored.charged, toCharge });
    }
    return runs;
  }

  /* POST */

  async #post(batch: KeptBatch): Promise<void> {
    const { chain, sender, logger, wake } = this.#shared;
    const { deployment } = chain;
    const { posting, vouchers } = batch;
    try {
      await this.#ensurePledged(batch);
      const { batchId, header } = await sender.send(
        `post:${posting.root}:${posting.postBy}`,
        (client) => postBatch(client, { deployment, posting, vouchers }),
        ONCE,
      );
      logger.info({ batch: batchId, receipts: header.count }, "batch posted");
    } catch (error) {
      const isHopeless = error instanceof ContractRevertedError && HOPELESS.has(error.errorName);
      if (isHopeless) await this.#drop(batch);
      throw error;
    }
    wake();
  }

  /** Its receipts go into a later batch, as far as they can. */
  async #drop({ posting }: KeptBatch): Promise<void> {
    const { store, pending } = this.#parts;
    const receipts = await store.receiptsOf(posting.root);
    await store.dropBatch(posting.root);
    for (const receipt of receipts) pending.add(receipt);
    this.#made.delete(posting.root);
  }

  async #ensurePledged({ posting }: KeptBatch): Promise<void> {
    const { chain, models, sender } = this.#shared;
    const { client, deployment, address: node } = chain;
    const { modelId, claimBond } = posting;
    const needed = (models.get(modelId)?.registered.bond ?? 0n) + claimBond;
    const exposure = await getPledge(client, { deployment, node, modelId });
    const { held, current, previous } = exposure;
    const amount = needed + current + previous - held;
    if (amount <= 0n) return;
    await sender.send(await occasion(chain, `pledge:${modelId}:${amount}`), (sending) =>
      pledge(sending, { deployment, modelId, amount }),
    );
  }
}

/** What one voucher of a batch is for. */
interface Run {
  signer: Address;
  receipts: KeptReceipt[];
  fromCharge: bigint;
  toCharge: bigint;
}

function groupByChannel(receipts: readonly KeptReceipt[]): Map<string, KeptReceipt[]> {
  const groups = new Map<string, KeptReceipt[]>();
  for (const receipt of receipts) {
    const name = nameOf(receipt);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [receipt]);
    else group.push(receipt);
  }
  return groups;
}

function toBatch(runs: readonly Run[], assembly: Assembly, postBy: number): KeptBatch {
  const { root, receipts } = assembly;
  const last = receipts.at(-1);
  const { provenCharge, provenValue, claimBond } = last?.totals ?? NO_TOTALS;
  const modelId = last?.request.modelId ?? ZERO_HEX32;
  return {
    posting: { modelId, dataNode: zeroAddress, root, postBy, provenCharge, provenValue, claimBond },
    vouchers: runs.map(toVoucher),
    signers: runs.map(({ signer }) => signer),
  };
}

function toVoucher({ receipts, fromCharge, toCharge }: Run): BatchVoucher {
  const [first, last] = [receipts[0], receipts.at(-1)] as [KeptReceipt, KeptReceipt];
  return {
    client: first.client,
    ...toCompactSignature(last.order.voucherSignature),
    fromCount: first.order.index,
    toCount: last.order.index + 1,
    fromCharge,
    toCharge,
    maxCharge: last.order.maxCharge,
  };
}
