// SPDX-License-Identifier: GPL-3.0-or-later
import type { Groth16Proof, PublicSignals } from "./groth16-proof.ts";
import type { CircuitLocation } from "./artefacts.ts";
import type { BuildCircuitParameters } from "./ceremony.ts";
import type { Circuit } from "./load-circuit.ts";

export type { Circuit } from "./load-circuit.ts";

export interface ProveParameters {
  /** The model's input. */
  input: Uint8Array;
  /** Names the result that the proof is for, see {@link resultBinding}. */
  binding: bigint;
  /** Ends the proof early. */
  signal?: AbortSignal;
}

export interface ProveReturnType {
  proof: Groth16Proof;
  signals: PublicSignals;
  /** The output bytes that the signals state. */
  output: Uint8Array;
  /** What the proof cost. */
  metrics: { witnessMs: number; proveMs: number; peakBytes: number };
}

/**
 * Makes and verifies proofs of one circuit. snarkjs is one implementation; a faster prover is
 * another.
 */
export interface Prover {
  /**
   * Proves one inference, and verifies the proof before it is returned.
   *
   * @throws {InputLengthError} or {@link InputRangeError} for an input outside the model's domain.
   * @throws {SignalRangeError} for a binding of more than 248 bits.
   * @throws {ProverQueueFullError}, {@link ProofTimeoutError}, {@link ProofMemoryError},
   * {@link ProofAbortedError},
   * {@link ProofFailedError} or {@link ProverClosedError}.
   */
  prove(parameters: ProveParameters): Promise<ProveReturnType>;
  /** Whether the proof verifies for these signals. */
  verify(parameters: { proof: Groth16Proof; signals: PublicSignals }): Promise<boolean>;
  /** Ends all workers; proofs under way and waiting fail. */
  close(): Promise<void>;
}

export interface CreateProverParameters {
  /** From {@link loadCircuit} or {@link ensureCircuit}. */
  circuit: Circuit;
  /** Processes, each on one core; as many as there are cores if not given. */
  workers?: number;
  /** Proofs that may wait while all workers are busy; more are refused at once. */
  queueLimit?: number;
  /** Time limit of one proof, from the moment a worker starts on it. */
  timeoutMs?: number;
  /** JavaScript heap of a worker; a worker whose whole memory exceeds twice this ends. */
  memoryMB?: number;
}

/**
 * Starts a prover. It keeps its processes warm until it is closed.
 *
 * @example
 * const circuit = await ensureCircuit({ circuit: "digits" });
 * const prover = await createProver({ circuit });
 * const { proof, output } = await prover.prove({ input, binding: resultBinding(resultDigest) });
 * const evidence = encodeZkmlEvidence({ proof, output });
 * await prover.close();
 */
export async function createProver(parameters: CreateProverParameters): Promise<Prover> {
  const { SnarkjsProver } = await import("./snarkjs-prover.ts");
  return new SnarkjsProver(parameters);
}

/**
 * Loads a built circuit from the artefact cache.
 *
 * @throws {CircuitNotBuiltError}, {@link CircuitCorruptError}, {@link StaleVerifyingKeyError} or
 * {@link UnknownCircuitError}.
 */
export async function loadCircuit(name: string, location: CircuitLocation = {}): Promise<Circuit> {
  const loader = await import("./load-circuit.ts");
  return loader.loadCircuit(name, location);
}

/** Loads a circuit, and builds it first when this machine never did (about 40 s). */
export async function ensureCircuit(parameters: BuildCircuitParameters): Promise<Circuit> {
  const ceremony = await import("./ceremony.ts");
  return ceremony.ensureCircuit(parameters);
}
