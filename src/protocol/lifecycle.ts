// SPDX-License-Identifier: MIT
import { State } from "./state.ts";

/** The calls that move a request; `cancel` and `refund` both end at REFUNDED. */
export type LifecycleCall =
  | "openRequest"
  | "openSigned"
  | "enterClaim"
  | "cancel"
  | "accept"
  | "fulfil"
  | "rescue"
  | "prove"
  | "finalize"
  | "refund"
  | "openDispute"
  | "resolveDispute";

/** One row of the table in docs/protocol.md. */
export interface Transition {
  from: State;
  call: LifecycleCall;
  /** Every state that the call can lead to. */
  to: readonly State[];
}

const { NONE, OPEN, ASSIGNED, DELIVERED, DISPUTED, FINAL, REJECTED, REFUNDED } = State;

/**
 * All moves of a request; what is not here never happens. A fulfilment leads to FINAL when its evidence is final at
 * once, else to DELIVERED. `fulfilAndCall` is `fulfil` with a call. Orders without a record are not moved by the market.
 */
export const TRANSITIONS: readonly Transition[] = [
  { from: NONE, call: "openRequest", to: [OPEN] },
  { from: NONE, call: "openSigned", to: [OPEN] },
  { from: NONE, call: "enterClaim", to: [DELIVERED] },
  { from: OPEN, call: "cancel", to: [REFUNDED] },
  { from: OPEN, call: "accept", to: [ASSIGNED] },
  { from: OPEN, call: "fulfil", to: [DELIVERED, FINAL] },
  { from: OPEN, call: "refund", to: [REFUNDED] },
  { from: ASSIGNED, call: "fulfil", to: [DELIVERED, FINAL] },
  { from: ASSIGNED, call: "rescue", to: [FINAL] },
  { from: ASSIGNED, call: "refund", to: [REFUNDED] },
  { from: DELIVERED, call: "prove", to: [DELIVERED, FINAL] },
  { from: DELIVERED, call: "finalize", to: [FINAL] },
  { from: DELIVERED, call: "openDispute", to: [DISPUTED] },
  { from: DELIVERED, call: "refund", to: [REFUNDED] },
  { from: DISPUTED, call: "resolveDispute", to: [FINAL, REJECTED, REFUNDED] },
];

/** Whether some call leads from one state to the other. */
export function canMove(from: State, to: State): boolean {
  return TRANSITIONS.some((row) => row.from === from && row.to.includes(to));
}

/** The calls that a request in this state admits. */
export function callsFrom(state: State): LifecycleCall[] {
  return TRANSITIONS.filter((row) => row.from === state).map((row) => row.call);
}
