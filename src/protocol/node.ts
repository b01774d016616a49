// SPDX-License-Identifier: MIT
import type { Address } from "viem";

/** The one role of a node's address; mirrors `enum Role`. */
export const Role = {
  NONE: 0,
  INFERENCE: 1,
  VERIFICATION: 2,
  DATA: 3,
} as const;
export type Role = (typeof Role)[keyof typeof Role];

/** A registered node; mirrors `struct Node`. */
export interface Node {
  /** Who runs it; may run several nodes. */
  operator: Address;
  role: Role;
  /** When it registered, unix seconds; zero if it never did. */
  since: number;
  /** When it retired, unix seconds; zero while active. */
  retiredAt: number;
  /** Where its earnings are credited. */
  payout: Address;
  /** Its place in the draw table of verification nodes. */
  seat: number;
  /** When `unbonding` may be withdrawn, unix seconds. */
  unbondedAt: number;
  /** Token units, free of models. */
  stake: bigint;
  /** Token units, leaving but slashable. */
  unbonding: bigint;
}

/** What a node can lose on one model version; mirrors `struct ModelStake`. */
export interface ModelStake {
  /** Token units the node put at risk for this version. */
  opted: bigint;
  /** Token units of it that back open requests. */
  locked: bigint;
}
