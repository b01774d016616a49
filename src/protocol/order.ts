// SPDX-License-Identifier: MIT
import { type Hex, isAddressEqual, size, slice, toHex, zeroAddress } from "viem";

import { InvalidFieldError } from "./errors.ts";
import { Evidence, type EvidenceSet, includesEvidence, toEvidenceSet } from "./evidence.ts";
import type { Hex32 } from "./ids.ts";
import type { Request, Result } from "./request.ts";

/** A request that its client signed, with the node's result; mirrors `struct Order`. */
export interface Order {
  request: Request;
  /** The signature, as of EIP-2098. */
  r: Hex32;
  vs: Hex32;
  /** keccak256 of the output bytes. */
  outputCommitment: Hex32;
  /** Metered units. */
  units: number;
  /** Of what proves it; VANILLA for a claim. */
  kind: Evidence;
}

/** Part of a client's balance set aside for one node's orders under one key; mirrors `struct Reservation`. */
export interface Reservation {
  /** Token units. */
  amount: bigint;
  /** Unix seconds. */
  until: number;
  /** The lowest nonce that can still be used. */
  first: number;
  /** Bit `i`: nonce `first + i` has been used. */
  used: bigint;
}

/** Claims of one node under one root, which become final together; mirrors `struct Claims`. */
export interface Claims {
  /** Token units, of all that are left in it. */
  fee: bigint;
  /** Token units of the node's stake behind them. */
  bond: bigint;
  /** Unix seconds: start of their challenge window. */
  clock: number;
  /** How many are left in it. */
  count: number;
}

/** Nonces that one reservation can tell apart. */
export const NONCE_WINDOW = 80n;
const LAST_NONCE = 2n ** 40n - 1n;
const HIGH_BIT = 1n << 255n;

/**
 * An order as its node brings it.
 *
 * @param parameters `signature` is the client's, 65 bytes.
 * @throws {InvalidFieldError} if that is no signature that contracts accept.
 */
export function toOrder(parameters: {
  request: Request;
  signature: Hex;
  result: Pick<Result, "outputCommitment" | "units">;
  kind: Evidence;
}): Order {
  const { request, signature, result, kind } = parameters;
  const { outputCommitment, units } = result;
  return { request, ...toCompact(signature), outputCommitment, units, kind };
}

/** What an order's node answered; who will be paid is the node that the request names. */
export function resultOfOrder({ request, outputCommitment, units }: Order): Result {
  return { outputCommitment, units, node: request.node };
}

/** Whether an order may use this nonce now. */
export function isNonceFree({ first, used }: Pick<Reservation, "first" | "used">, nonce: bigint) {
  const place = nonce - BigInt(first);
  if (place < 0n || nonce > LAST_NONCE) return false;
  return place >= NONCE_WINDOW || ((used >> place) & 1n) === 0n;
}

/**
 * The lowest nonce that an order may use now. Orders that were signed and not brought yet have theirs too: a client that
 * has several under way counts on.
 */
export function nextNonce(reservation: Pick<Reservation, "first" | "used">): bigint {
  let nonce = BigInt(reservation.first);
  while (!isNonceFree(reservation, nonce)) nonce += 1n;
  return nonce;
}

/** Whether a result delivered with this kind is final at once. */
export function isFinalAtOnce(required: EvidenceSet, kind: Evidence, teeWindow: number): boolean {
  if (!includesEvidence(toEvidenceSet([Evidence.VANILLA, kind]), required)) return false;
  return kind === Evidence.ZKML || (kind === Evidence.TEE && teeWindow === 0);
}

/** Whether an order leaves no record: nobody relies on it on chain, and nothing but a window can still come. */
export function leavesNoRecord(
  { consumer, requiredEvidence }: Pick<Request, "consumer" | "requiredEvidence">,
  kind: Evidence,
  teeWindow: number,
): boolean {
  if (!isAddressEqual(consumer, zeroAddress)) return false;
  if (kind === Evidence.VANILLA) return requiredEvidence === 0;
  return isFinalAtOnce(requiredEvidence, kind, teeWindow);
}

function toCompact(signature: Hex): { r: Hex32; vs: Hex32 } {
  const refuse = (): never => {
    throw new InvalidFieldError("signature", "65 bytes with a low s, that end in 27 or 28");
  };
  if (size(signature) !== 65) refuse();
  const v = Number(slice(signature, 64));
  const s = BigInt(slice(signature, 32, 64));
  if ((v !== 27 && v !== 28) || s >= HIGH_BIT) refuse();
  return { r: slice(signature, 0, 32), vs: toHex(v === 28 ? s | HIGH_BIT : s, { size: 32 }) };
}
