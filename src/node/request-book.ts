// SPDX-License-Identifier: MIT
/** Owns what the chain says about requests. It is made from events alone and holds no opinion of the node. */
import { type Address, zeroAddress } from "viem";

import { Evidence, evidenceIn, type EvidenceSet, NO_EVIDENCE } from "../protocol/evidence.ts";
import { type Hex32, type RequestId, ZERO_HEX32 } from "../protocol/ids.ts";
import type { Request } from "../protocol/request.ts";
import { isTerminal, State } from "../protocol/state.ts";
import type { ChainEvent, ChainView } from "./events.ts";

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
}

export class RequestBook implements ChainView {
  readonly #requests = new Map<RequestId, TrackedRequest>();

  get(id: RequestId): TrackedRequest | undefined {
    return this.#requests.get(id);
  }

  /** Every request, the oldest first. */
  all(): Iterable<TrackedRequest> {
    return this.#requests.values();
  }

  /** Those that can still move, the oldest first. */
  *pending(): Iterable<TrackedRequest> {
    for (const tracked of this.#requests.values()) if (!isTerminal(tracked.state)) yield tracked;
  }

  /** Requests that ended and whose last date is before `time`, unix seconds. */
  endedBefore(time: number): RequestId[] {
    const ended: RequestId[] = [];
    for (const [id, { state, request }] of this.#requests) {
      if (isTerminal(state) && request.refundAfter < time) ended.push(id);
    }
    return ended;
  }

  forget(id: RequestId): void {
    this.#requests.delete(id);
  }

  reset(): void {
    this.#requests.clear();
  }

  apply(event: ChainEvent): void {
    if (event.eventName === "RequestOpened") {
      const { id, request } = event.args;
      this.#requests.set(id, opened(id, request));
      return;
    }
    if (!("id" in event.args)) return;
    const tracked = this.#requests.get(event.args.id);
    if (tracked !== undefined) advance(tracked, event);
  }
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
