// SPDX-License-Identifier: GPL-3.0-or-later
/** Makes proofs with snarkjs in processes of their own; {@link ProcessPool} owns those and their queue. */
import { availableParallelism } from "node:os";

import { findArtefact } from "./artefact-file.ts";
import { forkModule, type Child } from "./child-process.ts";
import { commitInput, outputSignals } from "./commitment.ts";
import {
  ProofAbortedError,
  ProofFailedError,
  ProofMemoryError,
  ProofTimeoutError,
  ProverClosedError,
  ProverQueueFullError,
  SignalRangeError,
} from "./errors.ts";
import { verifyGroth16 } from "./groth16.ts";
import type { Groth16Proof, PublicSignals } from "./groth16-proof.ts";
import type { Circuit } from "./load-circuit.ts";
import { ProcessPool } from "./process-pool.ts";
import type { MadeProof, ProverJob, ProverSetup } from "./prover-process.ts";
import type { CreateProverParameters, ProveParameters, Prover, ProveReturnType } from "./prover.ts";
import { assertInput, runModel } from "./runtime.ts";
import { assertPhase2 } from "./verifying-key.ts";

const DEFAULTS = { queueLimit: 64, timeoutMs: 30_000, memoryMB: 512 } as const;
const BINDING_BITS = 248n;
const BYTES_PER_MB = 2 ** 20;

export class SnarkjsProver implements Prover {
  readonly #circuit: Circuit;
  readonly #pool: ProcessPool<ProverJob, MadeProof>;

  constructor({ circuit, ...given }: CreateProverParameters) {
    assertPhase2(circuit.verifyingKey);
    this.#circuit = circuit;
    const limits = { workers: availableParallelism(), ...DEFAULTS, ...given };
    const { queueLimit, timeoutMs, memoryMB } = limits;
    this.#pool = new ProcessPool({
      limits,
      start: () => startProcess(circuit, memoryMB),
      errors: {
        full: () => new ProverQueueFullError(queueLimit),
        timedOut: () => new ProofTimeoutError(timeoutMs),
        aborted: (cause) => new ProofAbortedError(cause),
        closed: () => new ProverClosedError(),
        tooLarge: () => new ProofMemoryError(memoryMB),
        failed: (reason, cause) => new ProofFailedError(reason, cause),
      },
    });
  }

  async prove({ input, binding, signal }: ProveParameters): Promise<ProveReturnType> {
    const { model } = this.#circuit;
    assertInput(model, input);
    if (binding < 0n || binding >> BINDING_BITS !== 0n) {
      throw new SignalRangeError("binding", `0 to 2^${BINDING_BITS} - 1`);
    }
    const job = { input: Uint8Array.from(input), binding };
    const { proof, signals, witnessMs, proveMs, peakBytes } = await this.#pool.run(job, signal);

    // The process is trusted with nothing: its signals must be those that the runtime and the
    // request give.
    const { output } = runModel(model, input);
    const expected = [BigInt(commitInput(model, input)), ...outputSignals(output), binding];
    if (signals.length !== expected.length || signals.some((value, i) => value !== expected[i])) {
      throw new ProofFailedError("the circuit's signals differ from those of the integer runtime");
    }
    return { proof, signals, output, metrics: { witnessMs, proveMs, peakBytes } };
  }

  async verify({ proof, signals }: { proof: Groth16Proof; signals: PublicSignals }) {
    return verifyGroth16(this.#circuit.verifyingKey, signals, proof);
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** A process that can read nothing of this host but the circuit. Its files are loaded whole: they must fit. */
async function startProcess(circuit: Circuit, memoryMB: number): Promise<Child> {
  const maxBytes = memoryMB * BYTES_PER_MB;
  const wasmPath = await findArtefact(circuit.wasmPath, maxBytes);
  const zkeyPath = await findArtefact(circuit.zkeyPath, maxBytes);
  const child = forkModule({
    base: import.meta.url,
    name: "prover-process",
    memoryMB,
    readable: [wasmPath, zkeyPath],
  });
  const setup: ProverSetup = { wasmPath, zkeyPath, verifyingKey: circuit.verifyingKey };
  child.process.send(setup);
  return child;
}
