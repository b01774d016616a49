// SPDX-License-Identifier: MIT
/**
 * Owns what the chain says about requests. It is made from events, and from the calldata of orders, whose requests are in no
 * event; it holds no opinion of the node.
 */
import { type Address, zeroAddress } from "viem";

import type { BroughtOrder } from "../client/orderCall.ts";
import { evidenceWith } from "../client/orders.ts";
import { Evidence, evidenceIn, type EvidenceSet, NO_EVIDENCE } from "../protocol/evidence.ts";
import { type Hex32, type RequestId, ZERO_HEX32 } from "../protocol/ids.ts";
import { type Request, resultIn } from "../protocol/request.ts";
import { isTerminal, State } from "../protocol/state.ts";
import type { ChainEvent, ChainView } from "./events.ts";
import { type SettledOrder, SettledOrders, type TrackedClaims } from "./settled-orders.ts";

/** A piece of evidence and the transaction that brought it. */
export interface EvidencePiece {
  kind: Evidence;
  transactionHash: Hex32;
  blockNumber: bigint;
}

/** A challenge, as far as events tell. */
export interface TrackedDispute {
  challenger: Address;
  arbiter: Evidence;
  /** Unix seconds. */
  evidenceBy: number;
  jurors: readonly Address[];
  /** Who committed and who revealed a vote. */
  committed: Set<Address>;
  revealed: Set<Address>;
}

/** A request and where it stands. */
export interface TrackedRequest {
  id: RequestId;
  request: Request;
  state: State;
  /** Who accepted or delivered; zero before. */
  node: Address;
  evidence: EvidenceSet;
  outputCommitment: Hex32;
  units: number;
  /** Hash of the block that brought the result; zero before. */
  deliveredIn: Hex32;
  pieces: EvidencePiece[];
  dispute?: TrackedDispute;
  /** Of an order without a record: what the settler says. The market knows nothing of it. */
  order?: SettledOrder;
}

export class RequestBook implements ChainView {
  readonly #requests = new Map<RequestId, TrackedRequest>();
  readonly #orders = new SettledOrders();
  /** Orders that were read, by their transaction too: a reorganisation may bring another one. */
  readonly #read = new Map<RequestId, { brought: BroughtOrder; transactionHash: Hex32 }>();
  readonly #unreadable = new Set<Hex32>();
  /** Ended orders that nobody read, once they were looked for: no date of theirs is known. */
  readonly #passed = new Set<RequestId>();

  get(id: RequestId): TrackedRequest | undefined {
    return this.#requests.get(id);
  }

  /** Whether the chain has the request, or an order of it that may not have been read. */
  knows(id: RequestId): boolean {
    return this.#requests.has(id) || this.#orders.get(id) !== undefined;
  }

  /** Orders whose requests are still to be read. */
  *unread(): Iterable<SettledOrder> {
    for (const order of this.#orders.all()) {
      const { id, transactionHash } = order;
      if (!this.#requests.has(id) && !this.#unreadable.has(transactionHash)) yield order;
    }
  }

  /** Takes an order that was read. */
  learn(brought: BroughtOrder, transactionHash: Hex32): void {
    const order = this.#orders.get(brought.id);
    if (order?.transactionHash !== transactionHash) return;
    this.#read.set(brought.id, { brought, transactionHash });
    this.#track(order);
  }

  /** Orders of this transaction cannot be read. */
  giveUp(transactionHash: Hex32): void {
    this.#unreadable.add(transactionHash);
  }

  /** Claims under one root that can still be extracted or made final. */
  openClaims(): Iterable<TrackedClaims> {
    return this.#orders.openClaims();
  }

  /** Every request, the oldest first. */
  all(): Iterable<TrackedRequest> {
    return this.#requests.values();
  }

  /** Those that can still move, the oldest first. */
  *pending(): Iterable<TrackedRequest> {
    for (const tracked of this.#requests.values()) if (!isTerminal(tracked.state)) yield tracked;
  }

  /**
   * Requests that ended and whose last date is before `time`, unix seconds; orders that ended and that nobody has read since
   * the last call; roots of which nothing is left.
   */
  endedBefore(time: number): Hex32[] {
    const ended: Hex32[] = [...this.#orders.forgottenRoots()];
    for (const [id, { state, request }] of this.#requests) {
      if (isTerminal(state) && request.refundAfter < time) ended.push(id);
    }
    for (const { id, state } of this.#orders.all()) {
      if (!isTerminal(state) || this.#requests.has(id)) continue;
      if (this.#passed.has(id)) ended.push(id);
      else this.#passed.add(id);
    }
    return ended;
  }

  /** @param name A request's id, or a root of claims. */
  forget(name: Hex32): void {
    const transactionHash = this.#orders.get(name)?.transactionHash;
    if (transactionHash !== undefined) this.#unreadable.delete(transactionHash);
    this.#requests.delete(name);
    this.#orders.forget(name);
    this.#read.delete(name);
    this.#passed.delete(name);
  }

  reset(): void {
    this.#requests.clear();
    this.#orders.reset();
  }

  apply(event: ChainEvent): void {
    if (event.eventName === "RequestOpened") {
      const { id, request } = event.args;
      this.#requests.set(id, opened(id, request));
      return;
    }
    for (const order of this.#orders.apply(event)) this.#track(order);
    if (!("id" in event.args)) return;
    const tracked = this.#requests.get(event.args.id);
    if (tracked !== undefined) advance(tracked, event);
  }

  /** As soon as it is read an order is as a request; where the market has one, that rules. */
  #track(order: SettledOrder): void {
    const read = this.#read.get(order.id);
    if (read?.transactionHash !== order.transactionHash) return;
    const known = this.#requests.get(order.id);
    if (known === undefined) this.#requests.set(order.id, settled(order, read.brought));
    else if (known.order !== undefined) known.state = order.state;
  }
}

function settled(order: SettledOrder, brought: BroughtOrder): TrackedRequest {
  const { id, state, deliveredIn, blockNumber, transactionHash } = order;
  const { request, kind } = brought.order;
  const evidence = evidenceWith(kind);
  const pieces = evidenceIn(evidence).map((each) => ({ kind: each, transactionHash, blockNumber }));
  return { id, request, state, ...resultIn(order), evidence, deliveredIn, pieces, order };
}

function opened(id: RequestId, request: Request): TrackedRequest {
  return {
    id,
    request,
    state: State.OPEN,
    node: zeroAddress,
    evidence: NO_EVIDENCE,
    outputCommitment: ZERO_HEX32,
    units: 0,
    deliveredIn: ZERO_HEX32,
    pieces: [],
  };
}

function advance(tracked: TrackedRequest, event: ChainEvent): void {
  const { transactionHash, blockNumber } = event;
  switch (event.eventName) {
    case "RequestAccepted":
      Object.assign(tracked, { state: State.ASSIGNED, node: event.args.node });
      break;
    case "ResultDelivered": {
      const { node, outputCommitment, units, evidence } = event.args;
      Object.assign(tracked, { state: State.DELIVERED, node, outputCommitment, units, evidence });
      tracked.deliveredIn = event.blockHash;
      tracked.pieces = evidenceIn(evidence).map((kind) => ({ kind, transactionHash, blockNumber }));
      break;
    }
    case "EvidenceAdded":
      tracked.evidence = event.args.evidence;
      tracked.pieces.push({ kind: toEvidence(event.args.kind), transactionHash, blockNumber });
      break;
    case "DisputeOpened":
      tracked.state = State.DISPUTED;
      break;
    case "ChallengeOpened": {
      const { challenger, arbiter, evidenceBy } = event.args;
      tracked.dispute = {
        challenger,
        arbiter: toEvidence(arbiter),
        evidenceBy,
        jurors: [],
        committed: new Set(),
        revealed: new Set(),
      };
      break;
    }
    case "JuryDrawn":
      if (tracked.dispute !== undefined) tracked.dispute.jurors = event.args.jurors;
      break;
    case "VoteCommitted":
      tracked.dispute?.committed.add(event.args.juror);
      break;
    case "VoteRevealed":
      tracked.dispute?.revealed.add(event.args.juror);
      break;
    case "RequestFinal":
      tracked.state = State.FINAL;
      break;
    case "RequestRejected":
      tracked.state = State.REJECTED;
      break;
    case "RequestRefunded":
      tracked.state = State.REFUNDED;
      break;
    default:
      break;
  }
}

/** The ABI gives enums as numbers; the contract holds no other than these. */
function toEvidence(kind: number): Evidence {
  if (kind === Evidence.ZKML) return Evidence.ZKML;
  return kind === Evidence.TEE ? Evidence.TEE : Evidence.VANILLA;
}
