// SPDX-License-Identifier: MIT
/** What every flow is made of. */
import { type Hex, parseEther, type TransactionReceipt, zeroAddress, zeroHash } from "viem";

import type { Path, Request } from "../../../src/protocol/index.ts";
import { DELIVER_WITHIN, type GasWorld, PROVE_WITHIN } from "./world.ts";

/** One time that a flow is gone through. */
export interface Turn {
  world: GasWorld;
  /** Counts from zero: of orders a reservation tells 80 apart. */
  index: bigint;
  /** Sends a transaction that belongs to the flow; what only leads up to it goes by `world.send`. */
  step(part: string, write: () => Promise<Hex>): Promise<TransactionReceipt>;
}
export type Flow = (turn: Turn) => Promise<void>;

export const PRICE = parseEther("1");

/** Names its node, pays what it may cost, and has neither data node, declared value nor consumer. */
export function requestOf(
  { world, index }: Turn,
  path: Path,
  terms: Partial<Request> = {},
): Request {
  const now = world.now();
  return world.requestOn(path, {
    dataNode: zeroAddress,
    dataCommitment: zeroHash,
    declaredValue: 0n,
    unitPrice: PRICE,
    maxFee: PRICE,
    deliverBy: now + DELIVER_WITHIN,
    proveBy: now + PROVE_WITHIN,
    refundAfter: now + 2 * PROVE_WITHIN,
    nonce: index,
    ...terms,
  });
}
