// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";

import { bytesToHex, hexToBytes, size, type Hex } from "viem";

import { EnclaveInputError } from "./errors.ts";
import { measure } from "./measurement.ts";

/** What a software enclave runs. Another runtime or model has another measurement. */
export interface EnclaveImage {
  /** Name and version of the runtime, for example `assay-runtime/0.1.0`. */
  readonly runtime: string;
  /** The model's weights commitment, 32 bytes. */
  readonly weights: Hex;
}

const WEIGHTS_SIZE = 32;

/**
 * keccak256(pcr0 || pcr1 || pcr2) of the software enclave with this image: what a model's publisher allows, before any
 * such enclave was started.
 *
 * @throws {EnclaveInputError} if the weights commitment is not 32 bytes.
 */
export function computeMeasurement(image: EnclaveImage): Hex {
  return measure(imageRegisters(image));
}

/** PCR0 covers the whole image, PCR1 the runtime that boots it, PCR2 the application, here the weights. */
export function imageRegisters({ runtime, weights }: EnclaveImage): ReadonlyMap<number, Hex> {
  if (size(weights) !== WEIGHTS_SIZE)
    throw new EnclaveInputError("weights", `must be ${WEIGHTS_SIZE} bytes`);
  const runtimeHash = sha384(Buffer.from(runtime));
  const weightsBytes = hexToBytes(weights);
  return new Map([
    [0, register("image", runtimeHash, weightsBytes)],
    [1, register("runtime", runtimeHash)],
    [2, register("weights", weightsBytes)],
  ]);
}

function register(label: string, ...parts: readonly Uint8Array[]): Hex {
  return bytesToHex(sha384(Buffer.from(`assay software enclave ${label}\n`), ...parts));
}

export function sha384(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha384");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
