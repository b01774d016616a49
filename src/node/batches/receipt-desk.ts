// SPDX-License-Identifier: MIT
/**
 * Owns the taking of orders for receipts: each is checked, answered, and kept in one transaction with its channel's index
 * before anybody sees the answer. A channel's orders come one after the other; at most `MAX_OPEN` wait or run, more are refused.
 */
import { type Address, recoverTypedDataAddress } from "viem";

import { getChannel } from "../../client/actions/getChannel.ts";
import { signClosing } from "../../client/actions/signClosing.ts";
import type { BatchAnswer, BatchOrder, ClosingOrder } from "../../client/node/batches.ts";
import { batchDomain, type Channel, closingTypedData } from "../../protocol/batch.ts";
import { chargeOf } from "../../protocol/batch-judge.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { hashRequest } from "../../protocol/typed-data.ts";
import { EnclaveNotLiveError, IndexTakenError } from "../errors.ts";
import type { Head } from "../follower/index.ts";
import {
  ClosingRefusedError,
  EnclaveUnreadyError,
  InputMissingError,
  ModelNotServedError,
  NodeBusyError,
  ReceiptRefusedError,
} from "../http/errors.ts";
import type { Answers } from "../inference/answers.ts";
import type { EvidenceMaker } from "../inference/evidence-maker.ts";
import type { KnownModel } from "../models.ts";
import type { Shared } from "../shared.ts";
import {
  checkBond,
  checkChannel,
  checkTerms,
  receiptKind,
  recoverChannelSigner,
} from "./check-order.ts";
import type { Pending } from "./pending.ts";
import type { ReceiptStore, ServedChannel } from "./receipt-store.ts";
import { type ChannelName, type KeptReceipt, nameOf } from "./types.ts";

const MAX_OPEN = 256;
const MAX_CHANNELS = 10_000;

export interface ReceiptDeskParts {
  store: ReceiptStore;
  pending: Pending;
  answers: Answers;
  evidence: EvidenceMaker;
  minUnitPrice: bigint;
  /** Seconds that a receipt may wait for its batch. */
  longestWait: number;
}

export class ReceiptDesk {
  readonly #shared: Shared;
  readonly #parts: ReceiptDeskParts;
  /** The last order of each channel, which the next one waits for. */
  readonly #queues = new Map<string, Promise<unknown>>();
  /** Channels as the chain has them, with the block that they were read at. */
  readonly #channels = new Map<string, { at: bigint; channel: Channel }>();
  #open = 0;

  constructor(shared: Shared, parts: ReceiptDeskParts) {
    this.#shared = shared;
    this.#parts = parts;
  }

  /** Checks, answers and keeps an order; the same order again gets the same answer. */
  async take(order: BatchOrder, head: Head): Promise<BatchAnswer> {
    const { chain, models, store } = this.#shared;
    const { request } = order;
    const id = hashRequest(chain.domain, request);
    const known = models.get(request.modelId);
    if (known === undefined) throw new ModelNotServedError(request.modelId);
    if (this.#open >= MAX_OPEN) throw new NodeBusyError(MAX_OPEN);
    this.#open += 1;
    try {
      const kept = await this.#keptAnswer(id, order);
      if (kept !== undefined) return kept;
      const { minUnitPrice, longestWait } = this.#parts;
      checkTerms({ order, known, node: chain.address, minUnitPrice, longestWait, now: head });
      const kind = receiptKind({ order, known });
      if (!store.has("inputs", request.inputCommitment)) throw new InputMissingError();
      const signer = await recoverChannelSigner(chain, id, order);
      const name = { client: request.client, signer };
      return await this.#inTurn(name, () => this.#takeNext({ id, order, known, kind, name, head }));
    } finally {
      this.#open -= 1;
    }
  }

  /** Signs that nothing more is claimed of a channel, if all that was answered is posted. */
  async close(order: ClosingOrder, head: Head): Promise<Hex32> {
    const { chain } = this.#shared;
    const { client, deployment } = chain;
    const { signature, client: owner, signer, count, until } = order;
    const message = { client: owner, signer, count, until };
    const domain = batchDomain({ chainId: deployment.chainId, settler: deployment.batchSettler });
    const asker = await recoverTypedDataAddress({
      ...closingTypedData(domain, message),
      signature,
    }).catch(() => undefined);
    if (asker !== signer) throw new ClosingRefusedError("its signer did not sign this closing.");
    return this.#inTurn({ client: owner, signer }, async () => {
      const stored = await this.#storedChannel(message, head, true);
      if (stored.count !== count || stored.until !== until)
        throw new ClosingRefusedError(`it has count ${stored.count} and date ${stored.until}.`);
      const served = await this.#served(message, stored);
      if (served.count !== stored.count)
        throw new ClosingRefusedError("receipts of it wait for their batch. Ask again later.");
      await this.#parts.store.close(message, count, until);
      return signClosing(client, { deployment, ...message });
    });
  }

  /** Puts the work behind the channel's other work. */
  async #inTurn<T>(channel: ChannelName, work: () => Promise<T>): Promise<T> {
    const key = nameOf(channel);
    const before = this.#queues.get(key) ?? Promise.resolve();
    const done = before.then(work);
    const settled = done.catch(() => undefined);
    this.#queues.set(key, settled);
    try {
      return await done;
    } finally {
      if (this.#queues.get(key) === settled) this.#queues.delete(key);
    }
  }

  async #keptAnswer(id: RequestId, order: BatchOrder): Promise<BatchAnswer | undefined> {
    const kept = await this.#parts.store.find(id);
    if (kept === undefined) return undefined;
    if (kept.order.index !== order.index) {
      const says = `this request was answered with the index ${kept.order.index}.`;
      throw new ReceiptRefusedError("IndexMismatch", says);
    }
    return { ...kept.answer, evidence: kept.evidence ?? kept.answer.evidence };
  }

  async #takeNext(parameters: {
    id: RequestId;
    order: BatchOrder;
    known: KnownModel;
    kind: Evidence;
    name: ChannelName;
    head: Head;
  }): Promise<BatchAnswer> {
    const { id, order, known, kind, name, head } = parameters;
    const { request, index } = order;
    const { store, pending, answers, evidence: maker } = this.#parts;
    const { chain, logger, wake } = this.#shared;
    // Sent again while the first one was being answered.
    const kept = await this.#keptAnswer(id, order);
    if (kept !== undefined) return kept;
    const stored = await this.#storedChannel(name, head);
    const served = await this.#served(name, stored);
    checkChannel({ order, stored, served, now: head });
    if (kind === Evidence.VANILLA) {
      const bond = known.registered.bond + request.declaredValue;
      await checkBond(chain, { known, bond, promised: pending.bondOf(known.id) });
    }

    const made = await answers.make(id, request, known);
    const evidence = await maker.make(id, made, known, kind).catch((error: unknown) => {
      throw error instanceof EnclaveNotLiveError ? new EnclaveUnreadyError() : error;
    });
    const { result, output, signature } = made;
    const answer = { index, result, output, signature, kind, evidence: evidence ?? "0x" } as const;
    const receipt: KeptReceipt = { id, ...name, order, answer, takenAt: Date.now(), evidence };
    const charge = served.charge + chargeOf({ request, units: result.units });
    try {
      await store.take(receipt, charge);
    } catch (error) {
      if (!(error instanceof IndexTakenError)) throw error;
      throw new ReceiptRefusedError("IndexMismatch", error.message);
    }
    pending.add(receipt);
    logger.info({ request: id, index, client: name.client }, "receipt given");
    wake();
    return answer;
  }

  /** What the node served counts, and what the chain says if the node knows less. */
  async #served(name: ChannelName, stored: Channel): Promise<ServedChannel> {
    const served = await this.#parts.store.channel(name);
    if (served !== undefined && served.count >= stored.count) return served;
    return { count: stored.count, charge: stored.charged, closing: served?.closing };
  }

  /** As of the head, or an earlier one if the channel's date is far: what it holds only falls when the node says so. */
  async #storedChannel(
    { client: owner, signer }: { client: Address; signer: Address },
    head: Head,
    fresh = false,
  ): Promise<Channel> {
    const { client, deployment, address: node } = this.#shared.chain;
    const key = nameOf({ client: owner, signer });
    const known = this.#channels.get(key);
    if (known !== undefined && known.at === head.number && !fresh) return known.channel;
    const channel = await getChannel(client, { deployment, client: owner, node, signer });
    if (this.#channels.size >= MAX_CHANNELS) this.#channels.clear();
    this.#channels.set(key, { at: head.number, channel });
    return channel;
  }
}
