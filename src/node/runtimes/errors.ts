// SPDX-License-Identifier: MIT
import { BaseError } from "../../protocol/errors.ts";

/** A run that gave no output. None of them quotes an input, an output, an address of an upstream or its key. */
export abstract class RuntimeError extends BaseError {
  /** Whether the same run may succeed later. */
  abstract readonly retryable: boolean;
}

/** The runtime failed in a way that it does not explain. */
export class RuntimeFailedError extends RuntimeError {
  override readonly code = "NODE-022";
  override readonly retryable = true;
  constructor(reason: string, cause?: unknown) {
    super(`The model's runtime failed: ${reason}.`, { cause });
  }
}

/** The run took longer than it may. */
export class RuntimeTimeoutError extends RuntimeError {
  override readonly code = "NODE-060";
  override readonly retryable = true;
  constructor(name: string, timeoutMs: number) {
    super(`The model "${name}" did not answer within ${timeoutMs} ms. Raise its \`timeoutMs\`.`);
  }
}

/** The run needed more memory than it may. */
export class RuntimeMemoryError extends RuntimeError {
  override readonly code = "NODE-061";
  override readonly retryable = false;
  constructor(name: string, memoryMB: number) {
    super(`The model "${name}" needed more than ${memoryMB} MB. Raise its \`memoryMB\`.`);
  }
}

/** What came out is no output of the model. */
export class RuntimeOutputError extends RuntimeError {
  override readonly code = "NODE-062";
  override readonly retryable = false;
  constructor(name: string, reason: string, cause?: unknown) {
    super(`What the model "${name}" answered is no output: ${reason}.`, { cause });
  }
}

/** As many runs go on and wait as may. */
export class RuntimeBusyError extends RuntimeError {
  override readonly code = "NODE-063";
  override readonly retryable = true;
  constructor(name: string, limit: number) {
    super(`The model "${name}" has ${limit} runs under way or waiting. Try again shortly.`);
  }
}

/** The caller, or the node's stop, ended the run. */
export class RuntimeAbortedError extends RuntimeError {
  override readonly code = "NODE-064";
  override readonly retryable = true;
  constructor(name: string, cause?: unknown) {
    super(`The run of the model "${name}" was aborted.`, { cause });
  }
}

/** The upstream cannot be reached, is overloaded, failed, or broke off its answer. */
export class UpstreamUnavailableError extends RuntimeError {
  override readonly code = "NODE-065";
  override readonly retryable = true;
  constructor(name: string, reason: string) {
    super(`The upstream of the model "${name}" is not available: ${reason}.`);
  }
}

/** The upstream will not answer this request, now or later. */
export class UpstreamRefusedError extends RuntimeError {
  override readonly code = "NODE-066";
  override readonly retryable = false;
  constructor(name: string, status: number) {
    super(
      `The upstream of the model "${name}" refused with status ${status}. Check its key, its name and its limits.`,
    );
  }
}

/** The upstream did not answer in time. */
export class UpstreamSlowError extends RuntimeError {
  override readonly code = "NODE-067";
  override readonly retryable = true;
  constructor(name: string, timeoutMs: number) {
    super(`The upstream of the model "${name}" did not answer within ${timeoutMs} ms.`);
  }
}

/** The model does not take this input, or not for what the request pays. */
export class RuntimeInputError extends RuntimeError {
  override readonly code = "NODE-069";
  override readonly retryable = false;
  constructor(name: string, reason: string, cause?: unknown) {
    super(`The model "${name}" does not take this input: ${reason}.`, { cause });
  }
}

/** The key of an upstream cannot be used. It is not shown. */
export class UpstreamKeyError extends BaseError {
  override readonly code = "NODE-070";
  constructor(name: string, reason: string) {
    super(`The upstream key of the model "${name}" cannot be used: ${reason}.`);
  }
}

/** The package that runs models of this kind is not installed. */
export class RuntimePackageMissingError extends BaseError {
  override readonly code = "NODE-072";
  constructor(name: string, specifier: string) {
    super(
      `The model "${name}" needs a package that is not installed. Run \`npm install ${specifier}\`.`,
    );
  }
}

/** A manifest, or the file that it names, cannot be used. */
export class ManifestUnusableError extends BaseError {
  override readonly code = "NODE-071";
  constructor(path: string, reason: string, cause?: unknown) {
    super(`The manifest ${path} cannot be used: ${reason}.`, { cause });
  }
}

/** Registered versions of the model offer what its runtime cannot. */
export class PathNotOfferedError extends BaseError {
  override readonly code = "NODE-068";
  constructor(name: string, kind: string, paths: readonly string[]) {
    super(
      `A model of kind ${kind} may offer only: ${paths.join(", ")} (with \`teeWindow\` 0). ` +
        `Register such a version of "${name}": its answers are not the same bytes twice.`,
    );
  }
}
