// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * The child process of {@link SnarkjsProver}: one thread, keys and curve loaded once, one proof at
 * a time.
 */
import * as snarkjs from "snarkjs";

import { readArtefact } from "./artefact-file.ts";
import { singleThreadCurve, verifyGroth16 } from "./groth16.ts";
import type { Groth16Proof, PublicSignals } from "./groth16-proof.ts";
import type { ProcessAnswer } from "./process-pool.ts";
import type { VerifyingKey } from "./verifying-key.ts";

/** The first message: what to load. */
export interface ProverSetup {
  wasmPath: string;
  zkeyPath: string;
  verifyingKey: VerifyingKey;
}

/** Every later message: what to prove. */
export interface ProverJob {
  input: Uint8Array;
  binding: bigint;
}

/** A proof, and what it cost. */
export interface MadeProof {
  proof: Groth16Proof;
  signals: PublicSignals;
  witnessMs: number;
  proveMs: number;
  peakBytes: number;
}

type ProverAnswer = ProcessAnswer<MadeProof>;

interface Loaded {
  wasm: Uint8Array;
  zkey: Uint8Array;
  verifyingKey: VerifyingKey;
}

let loaded: Promise<Loaded> | undefined;

async function load({ wasmPath, zkeyPath, verifyingKey }: ProverSetup): Promise<Loaded> {
  const [wasm, zkey] = await Promise.all([readArtefact(wasmPath), readArtefact(zkeyPath)]);
  await singleThreadCurve();
  return { wasm, zkey, verifyingKey };
}

async function prove({ input, binding }: ProverJob, artefacts: Loaded): Promise<ProverAnswer> {
  const started = performance.now();
  const witness: snarkjs.SnarkFile = { type: "mem" };
  await snarkjs.wtns.calculate(
    { in: Array.from(input, BigInt), binding },
    { type: "mem", data: artefacts.wasm },
    witness,
  );
  const witnessed = performance.now();
  const made = await snarkjs.groth16.prove({ type: "mem", data: artefacts.zkey }, witness);
  const proved = performance.now();

  // Decode edge: snarkjs gives as many signals as the verifying key has, which was checked.
  const signals = made.publicSignals.map(BigInt) as unknown as PublicSignals;
  const proof: Groth16Proof = { ...made.proof, protocol: "groth16", curve: "bn128" };
  if (!(await verifyGroth16(artefacts.verifyingKey, signals, proof))) {
    return { kind: "failure", reason: "the proof does not verify under the circuit's key" };
  }
  return {
    kind: "done",
    proof,
    signals,
    witnessMs: witnessed - started,
    proveMs: proved - witnessed,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

async function answer(message: ProverSetup | ProverJob): Promise<ProverAnswer> {
  try {
    if ("zkeyPath" in message) {
      loaded = load(message);
      await loaded;
      return { kind: "ready" };
    }
    if (loaded === undefined) return { kind: "failure", reason: "nothing is loaded" };
    return await prove(message, await loaded);
  } catch (error) {
    return { kind: "failure", reason: String(error) };
  }
}

process.on("message", async (message) => {
  process.send?.(await answer(message as ProverSetup | ProverJob));
});
process.once("disconnect", () => process.exit(0));
