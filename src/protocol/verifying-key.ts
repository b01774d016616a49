// SPDX-License-Identifier: MIT

/** A point of G1 as the precompiles take it. */
export type G1 = readonly [bigint, bigint];
/** A point of G2 as the precompiles take it: imaginary part first. */
export type G2 = readonly [bigint, bigint, bigint, bigint];

/** A Groth16 verifying key over BN254; mirrors `struct VerifyingKey`. */
export interface VerifyingKey {
  alpha: G1;
  beta: G2;
  gamma: G2;
  delta: G2;
  /** One more than public signals. */
  ic: readonly G1[];
  /** Made by a ceremony whose secrets are public. */
  development: boolean;
}
