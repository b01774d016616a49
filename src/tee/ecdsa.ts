// SPDX-License-Identifier: MIT
import { verify, type KeyObject } from "node:crypto";

/** How r and s are written: as DER in certificates, side by side (48 bytes each) in COSE. */
export type SignatureEncoding = "der" | "ieee-p1363";

/**
 * Verifies ECDSA with SHA-384. High-s signatures are valid, as half of the genuine documents have one. OpenSSL refuses
 * r and s outside of [1, n - 1] and everything but canonical DER.
 */
export function verifyEcdsa(
  key: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
  dsaEncoding: SignatureEncoding,
): boolean {
  return verify("sha384", message, { key, dsaEncoding }, signature);
}
