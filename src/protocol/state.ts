// SPDX-License-Identifier: MIT
import { type Address, getAddress, type Hex, slice } from "viem";

import type { EvidenceSet } from "./evidence.ts";
import type { Hex32, ModelId } from "./ids.ts";

/** Where a request stands on chain; mirrors `enum State`. FINAL, REJECTED and REFUNDED absorb. */
export const State = {
  NONE: 0,
  /** Escrowed, nobody liable yet. */
  OPEN: 1,
  /** A node accepted and locked its bond. */
  ASSIGNED: 2,
  /** A result is on chain, evidence may be missing. */
  DELIVERED: 3,
  /** Frozen until the verdict. */
  DISPUTED: 4,
  /** Proved and paid. */
  FINAL: 5,
  /** Proved wrong: client refunded, node slashed. */
  REJECTED: 6,
  /** Ended without a usable result. */
  REFUNDED: 7,
} as const;
export type State = (typeof State)[keyof typeof State];
export type StateName = keyof typeof State;

const STATE_NAMES: readonly StateName[] = [
  "NONE",
  "OPEN",
  "ASSIGNED",
  "DELIVERED",
  "DISPUTED",
  "FINAL",
  "REJECTED",
  "REFUNDED",
];

/** The name of a state, or `UNKNOWN` for a number that no state has. */
export function stateName(state: number): StateName | "UNKNOWN" {
  return STATE_NAMES[state] ?? "UNKNOWN";
}

/** The one status that a request has off chain. */
export type Status = "NONE" | "PENDING" | "FINAL" | "REJECTED" | "STALE";

const STATUSES: Record<State, Status> = {
  [State.NONE]: "NONE",
  [State.OPEN]: "PENDING",
  [State.ASSIGNED]: "PENDING",
  [State.DELIVERED]: "PENDING",
  [State.DISPUTED]: "PENDING",
  [State.FINAL]: "FINAL",
  [State.REJECTED]: "REJECTED",
  [State.REFUNDED]: "STALE",
};

/** The off-chain status of a state; only FINAL is usable, and it never changes. */
export function statusOf(state: State): Status {
  return STATUSES[state];
}

/** Whether nothing can happen to the request any more. */
export function isTerminal(state: State): boolean {
  return state === State.FINAL || state === State.REJECTED || state === State.REFUNDED;
}

/** What the market holds for a request; mirrors `enum Escrow`. */
export const Escrow = {
  /** All that it may cost; what is left returns to the client. */
  MAX_FEE: 0,
  /** What its result costs, of an order that was settled without a record. */
  FEE: 1,
} as const;
export type Escrow = (typeof Escrow)[keyof typeof Escrow];

/** How a dispute ended; mirrors `enum Verdict`. It judges the node's claim (output and units) alone. */
export const Verdict = {
  NONE: 0,
  UPHELD: 1,
  REJECTED: 2,
  /** The jury kept silent: nobody wins, the client is refunded. */
  UNDECIDED: 3,
} as const;
export type Verdict = (typeof Verdict)[keyof typeof Verdict];

/** What the market stores of one request; mirrors `struct Record`. */
export interface RequestRecord {
  state: State;
  /** What is on chain for the delivered result. */
  evidence: EvidenceSet;
  /** Start of the challenge window, unix seconds. */
  clock: number;
  escrow: Escrow;
  /** 25 bytes: the assigned node's address, then the delivered result's {@link subjectOf}. */
  subject: Hex;
}

/** The node of an ASSIGNED request. */
export function assignedNode({ subject }: RequestRecord): Address {
  return getAddress(slice(subject, 0, 20));
}

/** The least that a consumer relies on; mirrors `struct Reliance`. */
export interface Reliance {
  modelId: ModelId;
  inputCommitment: Hex32;
  /** Kinds that must be present; {@link Evidence.VANILLA} for a claim that stood its window. */
  evidence: EvidenceSet;
  /** Token units. */
  declaredValue: bigint;
}
