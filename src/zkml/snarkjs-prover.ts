// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Owns the prover's processes and its queue. At most `queueLimit` proofs wait; the next one is
 * refused at once, so the caller applies backpressure. A process that fails, runs out of time or
 * grows too large is replaced.
 */
import { forkModule, type Child } from "./child-process.ts";
import { commitInput, outputSignals } from "./commitment.ts";
import {
  ProofAbortedError,
  ProofFailedError,
  ProofTimeoutError,
  ProverClosedError,
  ProverQueueFullError,
  SignalRangeError,
} from "./errors.ts";
import { verifyGroth16 } from "./groth16.ts";
import type { Groth16Proof, PublicSignals } from "./groth16-proof.ts";
import type { Circuit } from "./load-circuit.ts";
import type { ProverAnswer, ProverJob, ProverSetup } from "./prover-process.ts";
import type { CreateProverParameters, ProveParameters, Prover, ProveReturnType } from "./prover.ts";
import { assertInput, runModel } from "./runtime.ts";
import { assertPhase2 } from "./verifying-key.ts";

const DEFAULTS = { workers: 1, queueLimit: 64, timeoutMs: 30_000, memoryMB: 512 } as const;
const BINDING_BITS = 248n;
const BYTES_PER_MB = 2 ** 20;

type ProofAnswer = Extract<ProverAnswer, { kind: "proof" }>;

interface Job {
  message: ProverJob;
  signal: AbortSignal | undefined;
  resolve: (answer: ProofAnswer) => void;
  reject: (error: unknown) => void;
  /** Removes the job from the queue, or stops the process that works on it. */
  cancel: (error: unknown) => void;
}

/** A process and the one job that it works on. */
interface Worker {
  child: Child;
  job: Job | undefined;
}

export class SnarkjsProver implements Prover {
  readonly #circuit: Circuit;
  readonly #limits: { workers: number; queueLimit: number; timeoutMs: number; memoryMB: number };
  readonly #queue: Job[] = [];
  readonly #workers = new Set<Worker>();
  #isClosed = false;

  constructor({ circuit, ...limits }: CreateProverParameters) {
    assertPhase2(circuit.verifyingKey);
    this.#circuit = circuit;
    this.#limits = { ...DEFAULTS, ...limits };
  }

  async prove({ input, binding, signal }: ProveParameters): Promise<ProveReturnType> {
    const { model } = this.#circuit;
    assertInput(model, input);
    if (binding < 0n || binding >> BINDING_BITS !== 0n) {
      throw new SignalRangeError("binding", `0 to 2^${BINDING_BITS} - 1`);
    }
    const { proof, signals, witnessMs, proveMs, peakBytes } = await this.#enqueue(
      { input: Uint8Array.from(input), binding },
      signal,
    );

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

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const job of this.#queue.splice(0)) job.reject(new ProverClosedError());
    const ended = Array.from(this.#workers, (worker) => {
      const { process } = worker.child;
      const exit = new Promise((resolve) => process.once("exit", resolve));
      this.#dismiss(worker, new ProverClosedError());
      return exit;
    });
    await Promise.all(ended);
  }

  #enqueue(message: ProverJob, signal: AbortSignal | undefined): Promise<ProofAnswer> {
    if (this.#isClosed) throw new ProverClosedError();
    if (signal?.aborted === true) throw new ProofAbortedError(signal.reason);
    const isBusy = this.#idleWorker() === undefined && this.#workers.size >= this.#limits.workers;
    if (isBusy && this.#queue.length >= this.#limits.queueLimit) {
      throw new ProverQueueFullError(this.#limits.queueLimit);
    }

    const { promise, resolve, reject } = Promise.withResolvers<ProofAnswer>();
    const cancel = (error: unknown) => {
      const index = this.#queue.indexOf(job);
      if (index >= 0) this.#queue.splice(index, 1);
      const worker = [...this.#workers].find((candidate) => candidate.job === job);
      if (worker !== undefined) this.#dismiss(worker, error);
      reject(error);
      this.#dispatch();
    };
    const job: Job = { message, signal, resolve, reject, cancel };
    const abort = () => cancel(new ProofAbortedError(signal?.reason));
    signal?.addEventListener("abort", abort, { once: true });
    this.#queue.push(job);
    this.#dispatch();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  #idleWorker(): Worker | undefined {
    return [...this.#workers].find(({ job }) => job === undefined);
  }

  /** Gives waiting jobs to idle processes, and starts processes up to the limit. */
  #dispatch(): void {
    while (!this.#isClosed && this.#queue.length > 0) {
      const idle = this.#idleWorker();
      if (idle === undefined && this.#workers.size >= this.#limits.workers) return;
      const job = this.#queue.shift();
      if (job !== undefined) void this.#work(idle ?? this.#start(), job);
    }
  }

  #start(): Worker {
    const worker: Worker = {
      child: forkModule("prover-process", this.#limits.memoryMB),
      job: undefined,
    };
    const { wasmPath, zkeyPath, verifyingKey } = this.#circuit;
    const { process } = worker.child;
    process.on("exit", (code, reason) => {
      const stderr = worker.child.stderr();
      const text = `the process ended (${code ?? reason}) ${stderr.split("\n").at(-1) ?? ""}`;
      this.#dismiss(worker, new ProofFailedError(text.trim()));
      this.#dispatch();
    });
    // A process that died cannot be written to: its exit is handled above.
    process.on("error", () => {});
    const setup: ProverSetup = { wasmPath, zkeyPath, verifyingKey };
    process.send(setup);
    this.#workers.add(worker);
    return worker;
  }

  /** Stops a process; the job that it works on fails with the error. */
  #dismiss(worker: Worker, error: unknown): void {
    this.#workers.delete(worker);
    worker.child.process.kill("SIGKILL");
    worker.job?.reject(error);
    worker.job = undefined;
  }

  async #work(worker: Worker, job: Job): Promise<void> {
    const { timeoutMs, memoryMB } = this.#limits;
    worker.job = job;
    const { process } = worker.child;
    const timer = setTimeout(() => job.cancel(new ProofTimeoutError(timeoutMs)), timeoutMs);
    const { promise, resolve } = Promise.withResolvers<void>();

    const receive = (answer: ProverAnswer) => {
      if (answer.kind === "ready") return;
      worker.job = undefined;
      if (answer.kind === "failure") {
        // A setup that failed cannot be retried in the same process.
        this.#dismiss(worker, undefined);
        job.reject(new ProofFailedError(answer.reason));
      } else {
        if (answer.residentBytes > 2 * memoryMB * BYTES_PER_MB) this.#dismiss(worker, undefined);
        job.resolve(answer);
      }
      resolve();
    };
    process.on("message", receive);
    process.once("exit", resolve);
    process.send(job.message);

    await promise;
    clearTimeout(timer);
    process.off("message", receive);
    process.off("exit", resolve);
    this.#dispatch();
  }
}
