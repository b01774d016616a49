// SPDX-License-Identifier: MIT
/**
 * Owns the node's enclaves, one per model with a TEE path: boots one, brings its document before the registrars, and
 * replaces it before its key expires. An enclave signs only what it computed itself.
 */
import type { Address } from "viem";

import { isKeyLive } from "../../client/actions/isKeyLive.ts";
import type { Hex32, ModelId } from "../../protocol/ids.ts";
import type { Enclave } from "../../tee/index.ts";
import type { ChainEvent, ChainView } from "../events.ts";
import type { Head } from "../follower/index.ts";
import type { KnownModel } from "../models.ts";
import type { Shared } from "../shared.ts";
import type { InferenceNodeOptions } from "../types.ts";
import { proposeEnclave } from "./propose-enclave.ts";

/** An enclave on its way to a live key, or with one. */
interface Attested {
  enclave: Enclave;
  proposedAt: number;
  /** Unix seconds. */
  expiresAt: number;
  admissionId: Hex32 | undefined;
}

/** Seconds before expiry that the next enclave is proposed; the registrars need some of them. */
const RENEWAL = 1_800;
/** Seconds that registrars get before another document is proposed. */
const PATIENCE = 300;

type CreateEnclave = NonNullable<InferenceNodeOptions["createEnclave"]>;

export class Enclaves implements ChainView {
  readonly #shared: Shared;
  readonly #create: CreateEnclave | undefined;
  readonly #live = new Map<ModelId, Attested>();
  readonly #candidates = new Map<ModelId, Attested>();

  /** Without `create` there are no enclaves. */
  constructor(shared: Shared, create: CreateEnclave | undefined) {
    this.#shared = shared;
    this.#create = create;
  }

  /** The model's enclave, if its key is live on chain now. */
  async liveFor(modelId: ModelId): Promise<Enclave | undefined> {
    const attested = this.#live.get(modelId);
    if (attested === undefined) return undefined;
    const { client, deployment, address: node } = this.#shared.chain;
    const key = attested.enclave.address;
    const isLive = await isKeyLive(client, { deployment, key, node, modelId });
    if (isLive) return attested.enclave;
    this.#live.delete(modelId);
    this.#shared.logger.warn({ model: modelId, key }, "the enclave key is not live any more");
    return undefined;
  }

  /** Whether a key was admitted and not lost since, as far as this process saw. */
  isReady(modelId: ModelId): boolean {
    return this.#live.has(modelId);
  }

  /** When each model's live key expires, unix seconds; 0 without one. */
  expiries(models: readonly KnownModel[]): { model: string; expiresAt: number }[] {
    return models.map(({ id, name: model }) => ({
      model,
      expiresAt: this.#live.get(id)?.expiresAt ?? 0,
    }));
  }

  /** Keys live on chain and enclaves in this process: what is admitted stays so over a reorganisation or is asked. */
  reset(): void {}

  apply(event: ChainEvent): void {
    if (event.eventName === "EnclaveKeyAdmitted") this.#admit(event.args.key, event.args.expiresAt);
    if (event.eventName === "DocumentRefused") this.#refuse(event.args.admissionId);
  }

  onHead(head: Head, models: readonly KnownModel[]): void {
    const { tasks } = this.#shared;
    for (const known of models) {
      const live = this.#live.get(known.id);
      const candidate = this.#candidates.get(known.id);
      const isFresh = live !== undefined && head.timestamp < live.expiresAt - RENEWAL;
      const isWaiting = candidate !== undefined && head.timestamp < candidate.proposedAt + PATIENCE;
      if (isFresh || isWaiting) continue;
      tasks.offer(`attest:${known.id}`, { model: known.id }, () => this.#propose(known, head));
    }
  }

  async #propose(known: KnownModel, head: Head): Promise<void> {
    const weights = known.registered.weightsCommitment;
    if (this.#create === undefined) return;
    const enclave = this.#create({ runtime: known.served.identity, weights });
    const attested: Attested = {
      enclave,
      proposedAt: head.timestamp,
      expiresAt: 0,
      admissionId: undefined,
    };
    // Before the transaction: its verdict may be seen before its receipt.
    this.#candidates.set(known.id, attested);
    try {
      attested.admissionId = await proposeEnclave(this.#shared, known.id, enclave, head.timestamp);
    } catch (error) {
      this.#candidates.delete(known.id);
      throw error;
    }
  }

  #admit(key: Address, expiresAt: number): void {
    for (const [modelId, attested] of this.#candidates) {
      if (attested.enclave.address !== key) continue;
      attested.expiresAt = expiresAt;
      this.#candidates.delete(modelId);
      this.#live.set(modelId, attested);
      this.#shared.logger.info({ model: modelId, key, expiresAt }, "enclave key is live");
    }
  }

  #refuse(admissionId: Hex32): void {
    for (const [modelId, attested] of this.#candidates) {
      if (attested.admissionId !== admissionId) continue;
      // It stays a candidate until the registrars' patience is over, so that refusals are not answered at once.
      const fields = { model: modelId, key: attested.enclave.address };
      this.#shared.logger.error(fields, "the registrars refused the enclave's document");
    }
  }
}
