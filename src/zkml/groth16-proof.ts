// SPDX-License-Identifier: MIT

/** A Groth16 proof as snarkjs writes it: decimal strings, projective with last coordinate 1. */
export interface Groth16Proof {
  pi_a: readonly string[];
  pi_b: readonly (readonly string[])[];
  pi_c: readonly string[];
  protocol: "groth16";
  curve: "bn128";
}

/** The public signals of every circuit, in this order: input commitment, the output's chunks, binding. */
export type PublicSignals = readonly [
  inputCommitment: bigint,
  ...output: bigint[],
  binding: bigint,
];

/** A G1 point as the EVM reads it. */
export type G1Words = readonly [x: bigint, y: bigint];

/** A G2 point as the EVM reads it: the imaginary part of each coordinate comes first. */
export type G2Words = readonly [x1: bigint, x0: bigint, y1: bigint, y0: bigint];

/** A proof for the chain: A.x, A.y, B.x1, B.x0, B.y1, B.y0, C.x, C.y. */
export type ProofWords = readonly [...G1Words, ...G2Words, ...G1Words];

/** The order of BN254's base field: every coordinate is below it. */
export const BASE_FIELD_ORDER =
  21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** snarkjs' G1 point as EVM words. */
export function encodeG1(point: readonly string[]): G1Words {
  const [x = "", y = ""] = point;
  return [BigInt(x), BigInt(y)];
}

/** snarkjs' G2 point, which has the real part first, as EVM words. */
export function encodeG2(point: readonly (readonly string[])[]): G2Words {
  const [[x0 = "", x1 = ""] = [], [y0 = "", y1 = ""] = []] = point;
  return [BigInt(x1), BigInt(x0), BigInt(y1), BigInt(y0)];
}

/** The proof in the order of the EVM's pairing precompile. */
export function encodeProof(proof: Groth16Proof): ProofWords {
  return [...encodeG1(proof.pi_a), ...encodeG2(proof.pi_b), ...encodeG1(proof.pi_c)];
}

/** The inverse of {@link encodeProof}. */
export function decodeProof(words: ProofWords): Groth16Proof {
  const [ax, ay, bx1, bx0, by1, by0, cx, cy] = words.map(String);
  return {
    pi_a: [ax ?? "", ay ?? "", "1"],
    pi_b: [
      [bx0 ?? "", bx1 ?? ""],
      [by0 ?? "", by1 ?? ""],
      ["1", "0"],
    ],
    pi_c: [cx ?? "", cy ?? "", "1"],
    protocol: "groth16",
    curve: "bn128",
  };
}
