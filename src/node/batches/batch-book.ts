// SPDX-License-Identifier: MIT
/** Owns what the chain says about batches. It is made from events alone and holds no opinion of the node. */
import type { Address } from "viem";

import { type BatchHeader, BatchState } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { ChainEvent, ChainView } from "../events.ts";

/** A receipt that is asked for. */
export interface TrackedDemand {
  by: Address;
  /** Unix seconds. */
  until: number;
  isRevealed: boolean;
}

/** A batch and where it stands. */
export interface TrackedBatch {
  id: Hex32;
  header: BatchHeader;
  state: BatchState;
  /** Of the transaction that posted it. */
  transactionHash: Hex32;
  blockNumber: bigint;
  blockHash: Hex32;
  /** Places of the vouchers that were refused. */
  refused: ReadonlySet<number>;
  /** Who countersigned, by seat. */
  signers: readonly Address[];
  /** A fault was shown. */
  isFaulty: boolean;
  /** Positions that are void, or left the batch. */
  gone: Set<number>;
  demands: Map<number, TrackedDemand>;
}

export class BatchBook implements ChainView {
  readonly #batches = new Map<Hex32, TrackedBatch>();
  readonly #byRoot = new Map<string, TrackedBatch>();
  /** Vouchers that were refused, until the event of their batch follows. */
  #refused: { transactionHash: Hex32; places: Set<number> } | undefined;

  get(id: Hex32): TrackedBatch | undefined {
    return this.#batches.get(id);
  }

  /** A node's batch by its root. */
  find(node: Address, root: Hex32): TrackedBatch | undefined {
    return this.#byRoot.get(rootName(node, root));
  }

  /** Those that are not over, the oldest first. */
  *open(): Iterable<TrackedBatch> {
    for (const batch of this.#batches.values()) if (batch.state !== BatchState.FINAL) yield batch;
  }

  reset(): void {
    this.#batches.clear();
    this.#byRoot.clear();
    this.#refused = undefined;
  }

  apply(event: ChainEvent): void {
    const { transactionHash, blockNumber, blockHash } = event;
    if (event.eventName === "VoucherRefused") {
      if (this.#refused?.transactionHash !== transactionHash)
        this.#refused = { transactionHash, places: new Set() };
      this.#refused.places.add(Number(event.args.index));
      return;
    }
    if (event.eventName === "BatchPosted") {
      const { batchId: id, header } = event.args;
      const isOwn = this.#refused?.transactionHash === transactionHash;
      const batch: TrackedBatch = {
        id,
        header,
        state: BatchState.POSTED,
        transactionHash,
        blockNumber,
        blockHash,
        refused: (isOwn ? this.#refused?.places : undefined) ?? new Set(),
        signers: [],
        isFaulty: false,
        gone: new Set(),
        demands: new Map(),
      };
      this.#refused = undefined;
      this.#batches.set(id, batch);
      this.#byRoot.set(rootName(header.node, header.root), batch);
      return;
    }
    if (!("batchId" in event.args)) return;
    const batch = this.#batches.get(event.args.batchId);
    if (batch !== undefined) advance(batch, event);
  }
}

function advance(batch: TrackedBatch, event: ChainEvent): void {
  switch (event.eventName) {
    case "BatchCountersigned":
      batch.state = event.args.secured ? BatchState.SECURED : BatchState.COUNTERSIGNED;
      batch.signers = event.args.signers;
      break;
    case "BatchFinal":
      batch.state = BatchState.FINAL;
      break;
    case "FaultShown":
      batch.isFaulty = true;
      batch.gone.add(event.args.position);
      break;
    case "ReceiptExtracted":
      batch.gone.add(event.args.position);
      break;
    case "ReceiptDemanded": {
      const { by, until, position } = event.args;
      batch.demands.set(position, { by, until, isRevealed: false });
      break;
    }
    case "ReceiptRevealed": {
      const demand = batch.demands.get(event.args.position);
      if (demand !== undefined) demand.isRevealed = true;
      break;
    }
    case "DemandReturned":
      batch.demands.delete(event.args.position);
      break;
    case "ReceiptsLapsed":
      batch.isFaulty = true;
      for (let position = event.args.first; position <= event.args.last; position += 1)
        batch.gone.add(position);
      break;
    default:
      break;
  }
}

const rootName = (node: Address, root: Hex32): string => `${node}:${root}`.toLowerCase();
