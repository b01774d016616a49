// SPDX-License-Identifier: MIT
// What can be done to the ledger, as data: by whom, in a block of what time.
import type { Address, Hex } from "viem";

import type { Request, Result } from "../../src/protocol/index.ts";
import type { Reserve } from "./accounts.ts";
import type { ExtractClaim, FinalizeClaims } from "./claims.ts";
import type { Challenge, Decide } from "./disputes.ts";
import type { Keeper } from "./earnings.ts";
import type { Brought, Piece } from "./evidence.ts";
import type { Opinion } from "./jury.ts";
import type { Order, SettleOrders } from "./orders.ts";

interface Calls {
  deposit: { account: Address; amount: bigint };
  withdraw: { to: Address; amount: bigint };
  transfer: { to: Address; amount: bigint };
  open: { request: Request };
  cancel: { request: Request };
  accept: { request: Request };
  fulfil: Brought;
  rescue: Brought;
  prove: Brought;
  finalize: { request: Request; result: Result };
  refund: { request: Request; result: Result };
  collect: { keeper: Keeper; node: Address };
  payPool: { keeper: Keeper; node: Address };
  reserve: Reserve;
  release: { node: Address; signer: Address };
  settleOrder: { order: Order; evidence: Piece };
  settleOrders: SettleOrders;
  finalizeClaims: FinalizeClaims;
  extractClaim: ExtractClaim;
  commitChallenge: { commitment: Hex };
  challenge: Challenge;
  decide: Decide;
  drawJury: { request: Request };
  commitVote: { request: Request; commitment: Hex };
  revealVote: Opinion;
  conclude: { request: Request; result: Result };
  optIn: { modelId: Hex; amount: bigint };
  optOut: { modelId: Hex; amount: bigint };
  pause: object;
  unpause: object;
  revokeMeasurement: { modelId: Hex };
  /** Mines so many blocks, a second apart. */
  mine: { blocks: number };
}

export type Call = keyof Calls;
/** What is done, whoever does it and when. */
export type Act = { [call in Call]: { call: call } & Calls[call] }[Call];
export type Command = Act & { by: Address; at: number };
