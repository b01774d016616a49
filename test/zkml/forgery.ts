// SPDX-License-Identifier: GPL-3.0
import type { SnarkGroup } from "snarkjs";

import { FIELD_ORDER } from "../../src/zkml/commitment.ts";
import { singleThreadCurve } from "../../src/zkml/groth16.ts";
import type { Groth16Proof, PublicSignals } from "../../src/zkml/groth16-proof.ts";
import type { VerifyingKey } from "../../src/zkml/verifying-key.ts";

function g1(group: SnarkGroup, point: Uint8Array): string[] {
  const [x, y] = group.toObject(group.toAffine(point)) as bigint[];
  return [String(x), String(y), "1"];
}

function g2(group: SnarkGroup, point: Uint8Array): string[][] {
  const [x, y] = group.toObject(group.toAffine(point)) as bigint[][];
  return [x!.map(String), y!.map(String), ["1", "0"]];
}

const fromG2 = (group: SnarkGroup, point: readonly (readonly string[])[]) =>
  group.fromObject(point.map((pair) => pair.map(BigInt)));

/**
 * A proof without any witness, of any signals: with gamma == delta, C cancels the public inputs.
 */
export async function forgeWithoutPhase2(
  key: VerifyingKey,
  signals: PublicSignals,
): Promise<Groth16Proof> {
  const { G1 } = await singleThreadCurve();
  const [constant, ...points] = key.IC.map((point) => G1.fromObject(point.map(BigInt)));
  let inputs = constant!;
  for (const [index, signal] of signals.entries()) {
    inputs = G1.add(inputs, G1.timesScalar(points[index]!, signal));
  }
  return {
    pi_a: key.vk_alpha_1,
    pi_b: key.vk_beta_2,
    pi_c: g1(G1, G1.neg(inputs)),
    protocol: "groth16",
    curve: "bn128",
  };
}

const ALPHA = 11n;
/** C's factor, any. */
const C = 7n;

/** Whatever each signal counts for. */
const weightOf = (index: number): bigint => BigInt(3 + 2 * index);

/** A key for this many signals whose secrets are known: beta = gamma = -delta = the generator. */
export async function keyOfKnownSecrets(signals: number): Promise<VerifyingKey> {
  const { G1, G2 } = await singleThreadCurve();
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: signals,
    vk_alpha_1: g1(G1, G1.timesScalar(G1.g, ALPHA)),
    vk_beta_2: g2(G2, G2.g),
    vk_gamma_2: g2(G2, G2.g),
    vk_delta_2: g2(G2, G2.neg(G2.g)),
    IC: Array.from({ length: signals + 1 }, (_, i) => g1(G1, G1.timesScalar(G1.g, weightOf(i)))),
    development: false,
  };
}

/** A proof of any signals under {@link keyOfKnownSecrets}. */
export async function proveAnything(signals: readonly bigint[]): Promise<Groth16Proof> {
  const { G1, G2 } = await singleThreadCurve();
  const statement = signals.reduce(
    (sum, signal, index) => sum + weightOf(index + 1) * signal,
    weightOf(0),
  );
  const a = (((ALPHA + statement - C) % FIELD_ORDER) + FIELD_ORDER) % FIELD_ORDER;
  return {
    pi_a: g1(G1, G1.timesScalar(G1.g, a)),
    pi_b: g2(G2, G2.g),
    pi_c: g1(G1, G1.timesScalar(G1.g, C)),
    protocol: "groth16",
    curve: "bn128",
  };
}

/** The same statement in other bytes: (A / k, k * B, C) satisfies the same equation. */
export async function rerandomise(proof: Groth16Proof, k: bigint): Promise<Groth16Proof> {
  const { G1, G2 } = await singleThreadCurve();
  let inverse = 1n;
  for (let left = FIELD_ORDER - 2n, square = k; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) inverse = (inverse * square) % FIELD_ORDER;
    square = (square * square) % FIELD_ORDER;
  }
  const a = G1.fromObject(proof.pi_a.map(BigInt));
  return {
    ...proof,
    pi_a: g1(G1, G1.timesScalar(a, inverse)),
    pi_b: g2(G2, G2.timesScalar(fromG2(G2, proof.pi_b), k)),
  };
}
