// SPDX-License-Identifier: MIT
// The clients of a soak. They use what any client has, and are stubborn: what went unanswered they ask again, what a
// reorganisation took they open again, and what is too late by then they ask anew with other dates.
import { setTimeout as sleep } from "node:timers/promises";

import { type Address, type Hex, toHex, zeroAddress } from "viem";

import {
  approveAndDeposit,
  getRequestRecord,
  nodeClient,
  openRequest,
  reserve,
  signOrder,
} from "../../../src/client/index.ts";
import {
  assayDomain,
  hashRequest,
  type Request,
  type RequestId,
  requiredEvidenceOf,
  State,
} from "../../../src/protocol/index.ts";
import { BaseError } from "../../../src/protocol/errors.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { revertName } from "../../../src/node/races.ts";
import { tokens, type World } from "../world.ts";
import type { Planned } from "./plan.ts";

const RECEIPT_MS = 15_000;
const PAUSE_MS = 300;
const ORDER_MS = 20_000;
/** Seconds of the chain; what nobody serves is refunded after the shorter one. */
const DELIVER_WITHIN = 6_000;
const ABSENT_WITHIN = 900;
const RESERVED_SECONDS = 1_000_000;
const DEPOSIT = tokens("8000");
const RESERVED = tokens("2500");

/** One request of the plan, and what became of it. */
export interface Asked {
  planned: Planned;
  input: Uint8Array;
  request: Request;
  id: RequestId;
  signature: Hex | undefined;
  /** All ids under which it was asked; the last one counts. */
  ids: RequestId[];
  /** The client has what it needs: a receipt, or the node's answer. */
  isTaken: boolean;
  state: State;
  /** It was seen to end; a reorganisation may undo that. */
  hasEnded: boolean;
  /** Why it was not taken the last time. */
  refusal?: string;
}

export interface ClientsParameters {
  world: World;
  names: readonly string[];
  nodes: readonly { address: Address; endpoint: string }[];
  absent: Address;
  signal: AbortSignal;
}

export class Clients {
  readonly #parameters: ClientsParameters;
  readonly #wallets: ReturnType<World["walletOf"]>[];
  readonly #queues: Asked[][];
  /** Of orders: counted for each reservation. */
  readonly #nonces = new Map<string, bigint>();
  /** Asked anew with other dates. */
  anew = 0;
  /** Asked again: opened or sent once more. */
  again = 0;

  constructor(parameters: ClientsParameters) {
    this.#parameters = parameters;
    this.#wallets = parameters.names.map((name) => parameters.world.walletOf(name));
    this.#queues = parameters.names.map(() => []);
  }

  get addresses(): Address[] {
    return this.#wallets.map(({ account }) => account.address);
  }

  /** Deposits, and reserves a part for each node. */
  async fund(): Promise<void> {
    const { world, names, nodes } = this.#parameters;
    const { deployment, chain } = world;
    const { timestamp } = await chain.getBlock();
    for (const [at, name] of names.entries()) {
      await world.fund(name);
      const wallet = this.#walletOf(at);
      const receiver = wallet.account.address;
      await approveAndDeposit(wallet, { deployment, receiver, amount: DEPOSIT });
      const until = Number(timestamp) + RESERVED_SECONDS;
      for (const { address: node } of nodes)
        await reserve(wallet, { deployment, node, amount: RESERVED, until, signer: receiver });
    }
  }

  async make(planned: Planned, input: Uint8Array): Promise<Asked> {
    const dated = await this.#date(planned, input);
    const ids = [dated.id];
    return { planned, input, ...dated, ids, isTaken: false, state: State.NONE, hasEnded: false };
  }

  /** Asks in its turn; each client does one thing at a time. */
  ask(asked: Asked): void {
    asked.isTaken = false;
    this.#queues[asked.planned.client]?.push(asked);
  }

  /** What waits to be asked. */
  get waiting(): number {
    return this.#queues.reduce((sum, { length }) => sum + length, 0);
  }

  /** Until the signal. */
  async run(): Promise<void> {
    await Promise.all(this.#queues.map((queue, at) => this.#serve(queue, at)));
  }

  #walletOf(client: number) {
    const wallet = this.#wallets[client];
    if (wallet === undefined) throw new RangeError(`there is no client ${client}`);
    return wallet;
  }

  async #serve(queue: Asked[], at: number): Promise<void> {
    const { signal } = this.#parameters;
    while (!signal.aborted) {
      const asked = queue.shift();
      if (asked === undefined) {
        await sleep(PAUSE_MS);
        continue;
      }
      try {
        await this.#putInput(asked);
        if (asked.planned.isOrder) await this.#order(asked);
        else await this.#open(asked, at);
        asked.isTaken = true;
      } catch (error) {
        if (!(error instanceof BaseError || error instanceof TypeError)) throw error;
        if (revertName(error) === "DeadlinePassed") await this.#askAnew(asked);
        this.again += 1;
        asked.refusal = error.message;
        queue.push(asked);
        await sleep(PAUSE_MS);
      }
    }
  }

  async #putInput({ planned, input }: Asked): Promise<void> {
    const { nodes, world } = this.#parameters;
    if (planned.kind === "absent") return;
    const served = planned.node === undefined ? nodes : [nodes[planned.node]];
    for (const node of served) {
      if (node === undefined) continue;
      const service = nodeClient({ endpoint: node.endpoint, timeout: ORDER_MS });
      await service.putInput({ modelId: world.modelId, input: toHex(input) });
    }
  }

  async #open({ request, id }: Asked, at: number): Promise<void> {
    const { deployment, client } = this.#parameters.world;
    const { state } = await getRequestRecord(client, { deployment, id });
    if (state !== State.NONE) return;
    await openRequest(this.#walletOf(at), { deployment, request, timeout: RECEIPT_MS });
  }

  async #order({ planned, request, signature }: Asked): Promise<void> {
    const endpoint = this.#parameters.nodes[planned.node ?? 0]?.endpoint ?? "";
    const response = await fetch(`${endpoint}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: toCanonicalJson({ request, signature }),
      signal: AbortSignal.timeout(ORDER_MS),
    }).catch((cause: unknown) => {
      throw new TypeError("the order went unanswered", { cause });
    });
    const text = await response.text();
    if (response.status !== 200) throw new TypeError(`the order was refused: ${text}`);
  }

  /** Nobody can serve it any more, and the chain does not know it. */
  async #askAnew(asked: Asked): Promise<void> {
    Object.assign(asked, await this.#date(asked.planned, asked.input));
    asked.ids.push(asked.id);
    this.anew += 1;
  }

  #nextNonce(reservation: string): bigint {
    const nonce = this.#nonces.get(reservation) ?? 0n;
    this.#nonces.set(reservation, nonce + 1n);
    return nonce;
  }

  async #date(planned: Planned, input: Uint8Array) {
    const { world, nodes, absent } = this.#parameters;
    const { deployment } = world;
    const { kind, client, node, isOrder } = planned;
    const wallet = this.#walletOf(client);
    const named = node === undefined ? zeroAddress : (nodes[node]?.address ?? zeroAddress);
    const isProved = kind === "zkml" || kind === "tee";
    const request = await world.makeRequest(input, {
      client: wallet.account.address,
      node: kind === "absent" ? absent : named,
      deliverWithin: kind === "absent" ? ABSENT_WITHIN : DELIVER_WITHIN,
      ...(isOrder && { nonce: this.#nextNonce(`${client}:${node}`) }),
      ...(isProved && { requiredEvidence: requiredEvidenceOf([kind]) }),
    });
    const id = hashRequest(assayDomain(deployment), request);
    const signature = isOrder ? await signOrder(wallet, { deployment, request }) : undefined;
    return { request, id, signature };
  }
}
