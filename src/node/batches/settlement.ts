// SPDX-License-Identifier: MIT
/** Owns what becomes of the node's posted batches: signatures are brought, demands answered, what is due is paid and collected. */
import { hashTypedData, isAddressEqual } from "viem";

import { collect } from "../../client/actions/collect.ts";
import { countersignBatch } from "../../client/actions/countersignBatch.ts";
import { finalizeBatch } from "../../client/actions/finalizeBatch.ts";
import { getBatch } from "../../client/actions/getBatch.ts";
import { getEarnings } from "../../client/actions/getEarnings.ts";
import { getCommittee } from "../../client/actions/getCommittee.ts";
import { getParameters } from "../../client/actions/getParameters.ts";
import { revealReceipt } from "../../client/actions/revealReceipt.ts";
import type { SeatSignature } from "../../client/node/batches.ts";
import { batchDomain, BatchState, countersignatureTypedData } from "../../protocol/batch.ts";
import { toCompactSignature } from "../../protocol/compact-signature.ts";
import { BaseError } from "../../protocol/errors.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { recoverSigner } from "../../verifier/signature.ts";
import type { Head } from "../follower/index.ts";
import { ReceiptPendingError, SeatRefusedError } from "../http/errors.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { BatchArchive } from "./archive.ts";
import type { TrackedBatch } from "./batch-book.ts";

const QUORUM = 4;

export class BatchSettlement {
  readonly #shared: Shared;
  readonly #archive: BatchArchive;
  /** Signatures by seat, of batches that wait for them. */
  readonly #signatures = new Map<Hex32, Map<number, SeatSignature>>();
  readonly #committees = new Map<Hex32, readonly string[]>();
  /** Seconds; undefined until it was read. */
  #window: number | undefined;

  constructor(shared: Shared, archive: BatchArchive) {
    this.#shared = shared;
    this.#archive = archive;
  }

  async prepare(): Promise<void> {
    const { client, deployment } = this.#shared.chain;
    this.#window = (await getParameters(client, { deployment })).challengeWindow;
  }

  /** Takes a signature of the batch's committee; says how many there are. */
  async sign(root: Hex32, given: SeatSignature): Promise<number> {
    const { chain, batches, wake } = this.#shared;
    const batch = batches.find(chain.address, root);
    if (batch === undefined) throw new ReceiptPendingError();
    const { chainId, batchSettler: settler } = chain.deployment;
    const expected = (await this.#committeeOf(batch))[given.seat];
    if (expected === undefined) throw new SeatRefusedError("the committee has no such seat.");
    const typedData = countersignatureTypedData(batchDomain({ chainId, settler }), batch.id);
    const signer = await recoverSigner(
      hashTypedData(typedData),
      given.signature,
      "signature",
    ).catch((error: unknown) => {
      if (!(error instanceof BaseError)) throw error;
      throw new SeatRefusedError(error.message);
    });
    if (!isAddressEqual(signer, expected as Hex32))
      throw new SeatRefusedError(`the seat is that of ${expected}.`);
    const known = this.#signatures.get(batch.id) ?? new Map<number, SeatSignature>();
    known.set(given.seat, given);
    if (batch.state === BatchState.POSTED) this.#signatures.set(batch.id, known);
    if (known.size >= QUORUM) wake();
    return known.size;
  }

  onHead(head: Head): void {
    const { batches, chain, tasks } = this.#shared;
    for (const batch of batches.open()) {
      if (!isAddressEqual(batch.header.node, chain.address)) continue;
      const { id } = batch;
      if (batch.state !== BatchState.POSTED) this.#signatures.delete(id);
      for (const [position, demand] of batch.demands) {
        if (demand.isRevealed || head.timestamp >= demand.until) continue;
        const key = `reveal:${id}:${position}`;
        tasks.offer(key, { batch: id }, () => this.#reveal(batch, position));
      }
      const end = batch.header.postedAt + (this.#window ?? Number.POSITIVE_INFINITY);
      const signed = this.#signatures.get(id)?.size ?? 0;
      if (signed >= QUORUM && !batch.isFaulty && head.timestamp < end)
        tasks.offer(`countersign:${id}`, { batch: id }, () => this.#countersign(batch));
      if (head.timestamp >= end && !isPaid(batch))
        tasks.offer(`finalize:${id}`, { batch: id }, () => this.#finalize(batch, head));
    }
  }

  async #committeeOf({ id, header }: TrackedBatch): Promise<readonly string[]> {
    const known = this.#committees.get(id);
    if (known !== undefined) return known;
    const { client, deployment } = this.#shared.chain;
    const committee = await getCommittee(client, { deployment, header }).catch((error: unknown) => {
      if (!(error instanceof BaseError)) throw error;
      throw new SeatRefusedError(error.message);
    });
    this.#committees.set(id, committee);
    return committee;
  }

  async #countersign({ id, header }: TrackedBatch): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const given = [...(this.#signatures.get(id)?.values() ?? [])];
    const signatures = given
      .sort((a, b) => a.seat - b.seat)
      .map(({ seat, signature }) => ({ seat, ...toCompactSignature(signature) }));
    const { paid, secured } = await sender.send(
      `countersign:${id}`,
      (client) => countersignBatch(client, { deployment, header, signatures }),
      ONCE,
    );
    logger.info({ batch: id, paid: String(paid), secured }, "batch countersigned");
    await this.#collect(id);
  }

  async #finalize({ id, header }: TrackedBatch, head: Head): Promise<void | "waits"> {
    const { chain, sender, logger } = this.#shared;
    const { client, deployment } = chain;
    const { demands, heldUntil } = await getBatch(client, { deployment, batchId: id });
    if (demands > 0 || head.timestamp < heldUntil) return "waits";
    await sender.send(
      `finalizeBatch:${id}`,
      (sending) => finalizeBatch(sending, { deployment, header }),
      { ...ONCE, from: "any" },
    );
    logger.info({ batch: id }, "batch final");
    await this.#collect(`${id}:final`);
  }

  /** Once for each payment. */
  async #collect(what: string): Promise<void> {
    const { chain, sender } = this.#shared;
    const { client, deployment, address: node } = chain;
    const { own } = await getEarnings(client, { deployment, node, at: "batchSettler" });
    if (own === 0n) return;
    await sender.send(
      `collect:batchSettler:${what}`,
      (sending) => collect(sending, { deployment, node, at: "batchSettler" }),
      { from: "any" },
    );
  }

  async #reveal({ id, header }: TrackedBatch, position: number): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const opening = await this.#archive.opening(header.root, position);
    await sender.send(
      `reveal:${id}:${position}`,
      (client) => revealReceipt(client, { deployment, header, opening }),
      ONCE,
    );
    logger.info({ batch: id, position }, "receipt shown");
  }
}

/** Whether nothing is left to pay: all is proven, and its signers secured it. */
export function isPaid({ state, header }: TrackedBatch): boolean {
  const { charge, provenCharge, refusedCharge } = header;
  return (
    state === BatchState.FINAL ||
    (state === BatchState.SECURED && provenCharge >= refusedCharge + charge)
  );
}
