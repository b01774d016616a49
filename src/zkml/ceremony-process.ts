// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The child process of the development ceremony: it makes the powers of tau or the keys of one
 * circuit, answers and exits. snarkjs starts worker threads here, which is why it is a process of
 * its own.
 */
import * as snarkjs from "snarkjs";

import { DEVELOPMENT_CEREMONY } from "./development.ts";

/** What the child is asked to do; all fields but `kind` and `power` are paths. */
export type CeremonyJob =
  | { kind: "tau"; power: number; empty: string; contributed: string; output: string }
  | { kind: "keys"; r1cs: string; tau: string; initial: string; output: string };

/** What it answers: the exported verifying key for "keys", nothing for "tau". */
export type CeremonyAnswer =
  { ok: true; key?: snarkjs.SnarkVerifyingKey } | { ok: false; step: string; reason: string };

const { tauBeacon, phase2Beacon, iterationsExponent } = DEVELOPMENT_CEREMONY;
const REFUSED = "snarkjs refused the parameters";

async function makeTau(job: Extract<CeremonyJob, { kind: "tau" }>): Promise<CeremonyAnswer> {
  const curve = await snarkjs.curves.getCurveFromName("bn128");
  await snarkjs.powersOfTau.newAccumulator(curve, job.power, job.empty);
  const hash = await snarkjs.powersOfTau.beacon(
    job.empty,
    job.contributed,
    "development",
    tauBeacon,
    iterationsExponent,
  );
  if (hash === false) return { ok: false, step: "contributing to phase 1", reason: REFUSED };
  await snarkjs.powersOfTau.preparePhase2(job.contributed, job.output);
  return { ok: true };
}

async function makeKeys(job: Extract<CeremonyJob, { kind: "keys" }>): Promise<CeremonyAnswer> {
  // newZKey answers -1, without throwing, when the domain is too small.
  const initial = await snarkjs.zKey.newZKey(job.r1cs, job.tau, job.initial);
  if (initial === -1) {
    return { ok: false, step: "making the key", reason: "the powers of tau are too few" };
  }
  const hash = await snarkjs.zKey.beacon(
    job.initial,
    job.output,
    "development",
    phase2Beacon,
    iterationsExponent,
  );
  if (hash === false) return { ok: false, step: "contributing to phase 2", reason: REFUSED };
  return { ok: true, key: await snarkjs.zKey.exportVerificationKey(job.output) };
}

async function run(job: CeremonyJob): Promise<CeremonyAnswer> {
  try {
    return await (job.kind === "tau" ? makeTau(job) : makeKeys(job));
  } catch (error) {
    return { ok: false, step: "running snarkjs", reason: String(error) };
  }
}

process.once("message", async (job) => {
  const answer = await run(job as CeremonyJob);
  // The worker threads of the curve would keep the process alive.
  process.send?.(answer, undefined, undefined, () => process.exit(0));
});
process.once("disconnect", () => process.exit(1));
