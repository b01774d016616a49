// SPDX-License-Identifier: MIT
import type { G1Words } from "./groth16-proof.ts";

/**
 * The development ceremony. Both beacons are public, so everybody can compute its secrets and forge
 * proofs: a key from it is for local chains only. The digests are SHA-256 of the sentence beside
 * them.
 */
export const DEVELOPMENT_CEREMONY = {
  /** "assay development powers of tau: public, never for value" */
  tauBeacon: "91f5188c07376c4fb7f20362a46609f681ab06e6eb321a9b5ef18502058f988d",
  /** "assay development phase 2: public, never for value" */
  phase2Beacon: "4a92a1ddbd3bf45c594395547f481ba5fb067e91ac809baa5a4e8d68ca9e2eee",
  /** The beacon is hashed 2^10 times, the least that snarkjs allows. */
  iterationsExponent: 10,
} as const;

/**
 * alpha * G1 of the development powers of tau. Every verifying key with this alpha comes from them,
 * whatever it says of itself; the contract holds the same constant.
 */
export const DEVELOPMENT_ALPHA: G1Words = [
  11656656444741797191252560781653780100012646839618981870647999127150543099026n,
  13446296573044802021343077341920752948102255020232937905557363171593677515205n,
];

/** Whether a verifying key with this alpha is a development key. */
export function isDevelopmentAlpha([x, y]: G1Words): boolean {
  return x === DEVELOPMENT_ALPHA[0] && y === DEVELOPMENT_ALPHA[1];
}
