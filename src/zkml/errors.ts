// SPDX-License-Identifier: MIT
import { BaseError } from "../protocol/errors.ts";

const BUILD_HINT = "Run `npm run build:circuits`.";

/** The input has not the length that the model declares. */
export class InputLengthError extends BaseError {
  override readonly code = "ZKML-001";
  constructor(length: number, expected: number) {
    super(`The input has ${length} values; the model takes exactly ${expected}.`);
  }
}

/** An input value is outside the model's domain. */
export class InputRangeError extends BaseError {
  override readonly code = "ZKML-002";
  constructor(index: number, value: number, highest: number) {
    super(`Input value ${index} is ${value}; the model takes integers from 0 to ${highest}.`);
  }
}

/** A model file is not a well-formed integer model. */
export class ModelFormatError extends BaseError {
  override readonly code = "ZKML-003";
  constructor(path: string, expected: string, cause?: unknown) {
    super(`The model is malformed at \`${path}\`: expected ${expected}.`, { cause });
  }
}

/** The bytes are not an image that can be read. */
export class ImageFormatError extends BaseError {
  override readonly code = "ZKML-004";
  constructor(reason: string, cause?: unknown) {
    super(`Cannot read the image: ${reason}. Use PGM (P2, P5) or a PNG that is not interlaced.`, {
      cause,
    });
  }
}

/** The image cannot be reduced to 8x8, or is larger than is read. */
export class ImageSizeError extends BaseError {
  override readonly code = "ZKML-005";
  constructor(size: string, rule: string) {
    super(`The image is ${size}; ${rule}.`);
  }
}

/** The proving artefacts of a circuit are not in the cache. */
export class CircuitNotBuiltError extends BaseError {
  override readonly code = "ZKML-006";
  constructor(circuit: string, directory: string, cause?: unknown) {
    super(`The circuit "${circuit}" is not built. ${BUILD_HINT}`, {
      cause,
      details: [`looked in ${directory}`],
    });
  }
}

/** A file of the artefact cache is truncated or altered. */
export class CircuitCorruptError extends BaseError {
  override readonly code = "ZKML-007";
  constructor(path: string) {
    super(`The artefact does not have its recorded digest. Delete its folder. ${BUILD_HINT}`, {
      details: [path],
    });
  }
}

/** No circuit of this name is declared. */
export class UnknownCircuitError extends BaseError {
  override readonly code = "ZKML-008";
  constructor(circuit: string, known: readonly string[]) {
    super(`There is no circuit "${circuit}". Declared in circuits.json: ${known.join(", ")}.`);
  }
}

/** Compiling a circuit or making its keys failed. */
export class CircuitBuildError extends BaseError {
  override readonly code = "ZKML-009";
  constructor(step: string, reason: string, cause?: unknown) {
    super(`Building the circuit failed while ${step}: ${reason}`, { cause });
  }
}

/** The verifying key has no phase-2 contribution, so anybody can forge proofs under it. */
export class MissingPhase2Error extends BaseError {
  override readonly code = "ZKML-010";
  constructor(reason: string) {
    super(
      `The verifying key was made without a phase-2 contribution (${reason}). Contribute once.`,
    );
  }
}

/** The verifying key is not a well-formed Groth16 key for this protocol. */
export class VerifyingKeyFormatError extends BaseError {
  override readonly code = "ZKML-011";
  constructor(path: string, expected: string, cause?: unknown) {
    super(`The verifying key is malformed at \`${path}\`: expected ${expected}.`, { cause });
  }
}

/** The prover could not make a proof, or made one that does not verify. */
export class ProofFailedError extends BaseError {
  override readonly code = "ZKML-012";
  constructor(reason: string, cause?: unknown) {
    super(`Proving failed: ${reason}`, { cause });
  }
}

/** The proof took longer than the prover's time limit. */
export class ProofTimeoutError extends BaseError {
  override readonly code = "ZKML-013";
  constructor(timeoutMs: number) {
    super(`The proof was not made within ${timeoutMs} ms. Raise timeoutMs or use a faster host.`);
  }
}

/** The prover's queue is full. */
export class ProverQueueFullError extends BaseError {
  override readonly code = "ZKML-014";
  constructor(limit: number) {
    super(`The prover has ${limit} proofs waiting. Add workers, or admit fewer requests.`);
  }
}

/** The prover was closed before the proof was made. */
export class ProverClosedError extends BaseError {
  override readonly code = "ZKML-015";
  constructor() {
    super("The prover is closed. Create a new one.");
  }
}

/** The caller's AbortSignal ended the proof. */
export class ProofAbortedError extends BaseError {
  override readonly code = "ZKML-016";
  constructor(cause?: unknown) {
    super("The proof was aborted by its caller.", { cause });
  }
}

/** The proof needed more memory than its process may have. */
export class ProofMemoryError extends BaseError {
  override readonly code = "ZKML-020";
  constructor(memoryMB: number) {
    super(
      `The proof needed more than ${memoryMB} MB. Raise memoryMB, or check the circuit's files.`,
    );
  }
}

/** A file for another process is missing, too large, or not a file. */
export class ArtefactUnusableError extends BaseError {
  override readonly code = "ZKML-021";
  constructor(name: string, reason: string, cause?: unknown) {
    super(`The file ${name} cannot be used: ${reason}.`, { cause });
  }
}

/** A value that must be a field element, a byte or a digest is out of its range. */
export class SignalRangeError extends BaseError {
  override readonly code = "ZKML-017";
  constructor(name: string, rule: string) {
    super(`The value of \`${name}\` is out of range: ${rule}.`);
  }
}

/** Evidence bytes do not decode to a proof and an output. */
export class EvidenceFormatError extends BaseError {
  override readonly code = "ZKML-018";
  constructor(reason: string, cause?: unknown) {
    super(`The evidence is malformed: ${reason}. Make it with encodeZkmlEvidence.`, { cause });
  }
}

/** The committed verifying key is not the one of the circuit that is built. */
export class StaleVerifyingKeyError extends BaseError {
  override readonly code = "ZKML-019";
  constructor(circuit: string) {
    super(`The committed verifying key is not that of the circuit "${circuit}". ${BUILD_HINT}`);
  }
}
