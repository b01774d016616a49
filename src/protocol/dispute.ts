// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import type { Evidence } from "./evidence.ts";
import type { Hex32 } from "./ids.ts";
import type { Verdict } from "./state.ts";

/** A challenge of a delivered result; mirrors `struct Dispute`. */
export interface Dispute {
  challenger: Address;
  /** ZKML or TEE when that evidence decides, VANILLA for a jury. */
  arbiter: Evidence;
  verdict: Verdict;
  /** Unix seconds; zero if there is no dispute. */
  openedAt: number;
  /** Unix seconds: deciding evidence comes before (a jury: its commitments). */
  evidenceBy: number;
  /** Unix seconds: a jury reveals before. */
  revealBy: number;
  /** Number of the block whose hash draws the jury. */
  seedBlock: number;
  upheldVotes: number;
  rejectedVotes: number;
  /** Token units. */
  bond: bigint;
  /** What the challenger claims is right. */
  outputCommitment: Hex32;
  /** What the challenger claims is right. */
  units: number;
}

/** What a court is deployed with; mirrors `struct CourtParameters`. Nobody can change it. */
export interface CourtParameters {
  /** Token units. */
  challengeBond: bigint;
  /** Token units a silent juror loses. */
  jurorPenalty: bigint;
  /** Seconds for deciding evidence. */
  proveWindow: number;
  /** Seconds for the jury's commitments. */
  commitWindow: number;
  /** Seconds for the jury's reveals. */
  revealWindow: number;
  /** Odd. */
  jurySize: number;
  /** Share of the loser's money that is burned, 1/10,000; at least half. */
  burnBps: number;
  /** Blocks between challenge and the block whose hash draws the jury. */
  seedDelay: number;
}
