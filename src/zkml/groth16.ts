// SPDX-License-Identifier: GPL-3.0-or-later
import type { SnarkCurve } from "snarkjs";

import { FIELD_ORDER } from "./commitment.ts";
import {
  BASE_FIELD_ORDER,
  encodeProof,
  type Groth16Proof,
  type PublicSignals,
} from "./groth16-proof.ts";
import type { VerifyingKey } from "./verifying-key.ts";

let curve: Promise<SnarkCurve> | undefined;

/**
 * The curve on one thread, shared by all of snarkjs in this process. snarkjs looks for a curve in
 * this global before it builds one with worker threads, which would keep the process alive and
 * which fail inside a worker thread.
 */
export async function singleThreadCurve(): Promise<SnarkCurve> {
  curve ??= import("snarkjs").then(async ({ curves }) => {
    const built = await curves.getCurveFromName("bn128", { singleThread: true });
    Object.assign(globalThis, { curve_bn128: built });
    return built;
  });
  return curve;
}

/**
 * Whether every point of the proof is what the EVM's precompile accepts: coordinates below the
 * field order, on the curve, and B in the subgroup of prime order, which snarkjs does not check.
 */
export async function hasValidPoints(proof: Groth16Proof): Promise<boolean> {
  const words = encodeProof(proof);
  if (words.some((word) => word < 0n || word >= BASE_FIELD_ORDER)) return false;

  const { G1, G2 } = await singleThreadCurve();
  const a = G1.fromObject(proof.pi_a.map(BigInt));
  const b = G2.fromObject(proof.pi_b.map((pair) => pair.map(BigInt)));
  const c = G1.fromObject(proof.pi_c.map(BigInt));
  if (!G1.isValid(a) || !G2.isValid(b) || !G1.isValid(c)) return false;
  return G2.isZero(G2.timesScalar(b, FIELD_ORDER));
}

/** A copy that snarkjs may keep. */
function pairs(point: readonly (readonly string[])[]): string[][] {
  return point.map((pair) => [...pair]);
}

/**
 * Verifies a Groth16 proof exactly as the chain does: as many signals as the key has, all below the
 * field order, valid points, then the pairing.
 *
 * @dev Warning: it says nothing about the key. Check {@link assertPhase2}, and where the key comes
 * from.
 */
export async function verifyGroth16(
  key: VerifyingKey,
  signals: PublicSignals,
  proof: Groth16Proof,
): Promise<boolean> {
  // snarkjs takes missing signals for zeros.
  if (signals.length !== key.IC.length - 1) return false;
  if (signals.some((signal) => signal < 0n || signal >= FIELD_ORDER)) return false;
  if (!(await hasValidPoints(proof))) return false;

  const { groth16 } = await import("snarkjs");
  const { pi_a, pi_b, pi_c, protocol } = proof;
  const { vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC, nPublic } = key;
  return groth16.verify(
    {
      protocol: key.protocol,
      curve: key.curve,
      nPublic,
      vk_alpha_1: [...vk_alpha_1],
      vk_beta_2: pairs(vk_beta_2),
      vk_gamma_2: pairs(vk_gamma_2),
      vk_delta_2: pairs(vk_delta_2),
      IC: pairs(IC),
    },
    signals.map(String),
    { pi_a: [...pi_a], pi_b: pairs(pi_b), pi_c: [...pi_c], protocol, curve: proof.curve },
  );
}
