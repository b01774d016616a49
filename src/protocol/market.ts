// SPDX-License-Identifier: MIT
/** What a market is deployed with; mirrors `struct MarketParameters`. Nobody can change it. */
export interface MarketParameters {
  /** Seconds in which a claim can be challenged. */
  challengeWindow: number;
  /** Seconds a dispute takes at most. */
  disputeWindow: number;
  /** Seconds that a signed order's deliverBy may be behind its reservation's date. */
  longestOrder: number;
  /** Gas units. */
  maxCallbackGas: number;
  /** Share of the fee, 1/10,000. */
  verificationBps: number;
  /** Share of the fee, 1/10,000. */
  dataBps: number;
}

/** Who got what of one request's escrow, token units; mirrors `struct Payout`. Sums to what was in escrow. */
export interface Payout {
  inference: bigint;
  verification: bigint;
  data: bigint;
  refund: bigint;
}

/** What the requests that a node served brought in and nobody has moved yet; mirrors `struct Earnings`. */
export interface Earnings {
  /** Token units, for the node's payout address. */
  own: bigint;
  /** Token units, the verification shares, for one drawn verification node. */
  pool: bigint;
  /** The block whose hash draws it; zero while the pool is empty. */
  drawBlock: number;
  /** Unix seconds: who had a seat before may be drawn. */
  drawTime: number;
}
