// SPDX-License-Identifier: MIT
import { ECDH } from "node:crypto";

import { hexToBytes, isAddressEqual, type Address, type Hex } from "viem";
import { publicKeyToAddress } from "viem/accounts";

import { isLocalChain } from "../protocol/chains.ts";
import { admissionUserData, type AdmissionBinding } from "./admission-binding.ts";
import {
  AdmissionBindingError,
  DevelopmentRootError,
  EnclaveKeyExpiredError,
  EnclaveKeyMismatchError,
  EnclavePublicKeyError,
  MeasurementNotAllowedError,
  NonceMismatchError,
} from "./errors.ts";
import { AWS_NITRO_ROOT_HASH, DEVELOPMENT_ROOT_HASH } from "./roots.ts";
import type { NitroDocument } from "./types.ts";
import { verifyNitroDocument, type VerifyNitroDocumentOptions } from "./verify-nitro-document.ts";

export type AdmissionPolicy = VerifyNitroDocumentOptions & {
  /** The measurements that the model's publisher allows now. An empty list admits nothing. */
  readonly measurements: readonly Hex[];
  /** The document's nonce, if one was asked for. */
  readonly nonce?: Hex;
  /** Accept the development root as well. Refused unless the binding's chain is a local one. */
  readonly developmentRoot?: boolean;
};

/** What a document is good for. */
export interface VerifiedAdmission {
  /** keccak256(pcr0 || pcr1 || pcr2). */
  readonly measurement: Hex;
  readonly key: Address;
  /** Unix seconds: the latest expiry that may be registered for the key. */
  readonly expiresAt: number;
}

/** Seconds that a key may live after its document. */
export const MAX_KEY_LIFE = 86_400;

/**
 * Decides whether an attestation document admits an enclave key: what a registrar does before it votes.
 *
 * The caller compares the result's `measurement` and `expiresAt` with those proposed on chain; the registry itself
 * checks that the proposer holds the key.
 *
 * @throws What {@link verifyNitroDocument} throws, and one class for each reason `TEE-030` to `TEE-036`.
 *
 * @example
 * const { measurement, key, expiresAt } = verifyAdmission(document, binding, { now, measurements });
 */
export function verifyAdmission(
  document: Uint8Array,
  binding: AdmissionBinding,
  policy: AdmissionPolicy,
): VerifiedAdmission {
  const {
    measurements,
    nonce,
    developmentRoot = false,
    roots = [AWS_NITRO_ROOT_HASH],
    ...time
  } = policy;
  const acceptsDevelopmentRoot = developmentRoot && isLocalChain(binding.chainId);
  if (developmentRoot && !acceptsDevelopmentRoot) throw new DevelopmentRootError(binding.chainId);

  const verified = verifyNitroDocument(document, {
    ...time,
    roots: developmentRoot ? [...roots, DEVELOPMENT_ROOT_HASH] : roots,
  });
  // Also when somebody lists it among the roots, the flag alone decides about the development root.
  if (verified.isDevelopmentRoot && !acceptsDevelopmentRoot) {
    throw new DevelopmentRootError(binding.chainId);
  }
  requireBinding(verified, binding, nonce);
  requireMeasurement(verified.measurement, measurements);

  const madeAt = Math.floor(verified.timestamp / 1000);
  const expiresAt = Math.min(madeAt + MAX_KEY_LIFE, verified.instanceExpiry);
  const judgedAt = policy.at ?? policy.now;
  if (!(judgedAt < expiresAt)) throw new EnclaveKeyExpiredError(expiresAt, judgedAt);
  return { measurement: verified.measurement, key: binding.key, expiresAt };
}

function requireBinding(
  document: NitroDocument,
  binding: AdmissionBinding,
  nonce: Hex | undefined,
): void {
  const key = enclaveKeyAddress(document.publicKey);
  if (!isAddressEqual(key, binding.key)) throw new EnclaveKeyMismatchError(key, binding.key);

  const userData = admissionUserData(binding);
  if (document.userData !== userData) throw new AdmissionBindingError(document.userData, userData);

  if (nonce !== undefined && document.nonce !== nonce.toLowerCase()) {
    throw new NonceMismatchError(document.nonce, nonce);
  }
}

function requireMeasurement(measurement: Hex, allowed: readonly Hex[]): void {
  if (!allowed.some((candidate) => candidate.toLowerCase() === measurement)) {
    throw new MeasurementNotAllowedError(measurement);
  }
}

function enclaveKeyAddress(publicKey: Hex | undefined): Address {
  if (publicKey === undefined) throw new EnclavePublicKeyError("is absent");
  if (!publicKey.startsWith("0x04")) throw new EnclavePublicKeyError("has another form");
  try {
    // Refuses other sizes as well.
    ECDH.convertKey(hexToBytes(publicKey), "secp256k1");
  } catch (cause) {
    throw new EnclavePublicKeyError("is no point of the curve", { cause });
  }
  return publicKeyToAddress(publicKey);
}
