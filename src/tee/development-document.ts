// SPDX-License-Identifier: MIT
import { sign, type KeyObject } from "node:crypto";

import { encode } from "cborg";

import { coseSignedBytes, PROTECTED_HEADER } from "./cose.ts";

const INDEFINITE_MAP = 0xbf;
const BREAK = 0xff;

/** Keeps the order in which a map was filled, as the Nitro module does; by default cborg sorts. */
export const KEEP_ORDER = { mapSorter: () => 0 } as const;

/** Encodes a payload like the Nitro module of 2026: an outermost map of indefinite length, in the order given. */
export function encodeNitroPayload(fields: ReadonlyMap<string, unknown>): Uint8Array {
  const encoded = encode(fields, KEEP_ORDER);
  // At most 23 fields: the definite form has one byte of head as well.
  return Uint8Array.of(INDEFINITE_MAP, ...encoded.subarray(1), BREAK);
}

/** Signs a payload with a leaf's key: an untagged COSE_Sign1. */
export function signNitroPayload(payload: Uint8Array, key: KeyObject): Uint8Array {
  const signature = sign("sha384", coseSignedBytes(PROTECTED_HEADER, payload), {
    key,
    dsaEncoding: "ieee-p1363",
  });
  return encode([PROTECTED_HEADER, new Map(), payload, signature]);
}
