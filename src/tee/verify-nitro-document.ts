// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import type { ParsedCertificate } from "./certificate.ts";
import { verifyCertificatePath } from "./certificate-path.ts";
import { parseCoseSign1, verifyCoseSignature } from "./cose.ts";
import { DocumentFieldError, DocumentFutureError, DocumentStaleError } from "./errors.ts";
import { measure } from "./measurement.ts";
import { parseNitroPayload } from "./nitro-payload.ts";
import { AWS_NITRO_ROOT_HASH, DEVELOPMENT_ROOT_HASH } from "./roots.ts";
import type { CertificateSummary, NitroDocument } from "./types.ts";

/** Judges a fresh document: it must have been made at most `maxAgeSeconds` ago. */
export interface FreshnessPolicy {
  /** Unix seconds. */
  readonly now: number;
  /** Default 300. */
  readonly maxAgeSeconds?: number;
  /** How far the enclave's clock may be ahead. Default 60. */
  readonly maxSkewSeconds?: number;
  readonly at?: never;
}

/**
 * Judges an archived document at the time that anchored it, for example that of the block which recorded it, never at
 * a time that the document claims itself. The certificates must be valid then, too.
 */
export interface ArchivePolicy {
  /** Unix seconds. */
  readonly at: number;
  /** How far the enclave's clock may have been ahead. Default 60. */
  readonly maxSkewSeconds?: number;
  readonly now?: never;
}

export type TimePolicy = FreshnessPolicy | ArchivePolicy;

export type VerifyNitroDocumentOptions = TimePolicy & {
  /** SHA-256 of the DER of each trusted root. Default: {@link AWS_NITRO_ROOT_HASH} alone. */
  readonly roots?: readonly Hex[];
};

const DEFAULT_MAX_AGE = 300;
const DEFAULT_MAX_SKEW = 60;

/**
 * Verifies an AWS Nitro attestation document: strict CBOR and COSE, every field, the certificate path to a pinned root,
 * the signature, that the enclave did not run in debug mode, and the time.
 *
 * All certificates must be valid at the document's own time and, with `at`, at that time as well. What the enclave
 * wrote into `publicKey`, `userData` and `nonce` is not judged: see {@link verifyAdmission}. ECDSA signatures are
 * malleable, so two different byte strings may be the same document: never use their hash as an identity.
 *
 * @param document COSE_Sign1 bytes, tagged or untagged, at most 16,384.
 * @throws A subclass of `BaseError` with a code `TEE-001` to `TEE-023`, one class per reason. Authenticity is checked
 * before policy: a document refused as debug, stale or future is otherwise genuine.
 *
 * @example
 * const document = verifyNitroDocument(bytes, { now: Math.floor(Date.now() / 1000) });
 * console.log(document.measurement, document.publicKey);
 */
export function verifyNitroDocument(
  document: Uint8Array,
  options: VerifyNitroDocumentOptions,
): NitroDocument {
  const sign1 = parseCoseSign1(document);
  const { certificate: leaf, cabundle, ...fields } = parseNitroPayload(sign1.payload);
  const madeAt = Math.floor(fields.timestamp / 1000);

  const path = verifyCertificatePath({
    cabundle,
    leaf,
    roots: options.roots ?? [AWS_NITRO_ROOT_HASH],
    validAt: options.at === undefined ? [madeAt] : [madeAt, options.at],
  });
  const [root, instance, signer] = [path[0], path.at(-2), path.at(-1)];
  if (root === undefined || instance === undefined || signer === undefined) {
    throw new DocumentFieldError("cabundle", "must not be empty");
  }
  verifyCoseSignature(sign1, signer.publicKey);
  const measurement = measure(fields.pcrs);
  requireTime(madeAt, options);

  return {
    ...fields,
    measurement,
    certificates: path.map(summarize),
    instanceExpiry: instance.notAfter,
    leafExpiry: signer.notAfter,
    rootHash: root.sha256,
    isDevelopmentRoot: root.sha256 === DEVELOPMENT_ROOT_HASH,
  };
}

function requireTime(madeAt: number, policy: TimePolicy): void {
  const { maxSkewSeconds = DEFAULT_MAX_SKEW } = policy;
  const age = (policy.at ?? policy.now) - madeAt;
  // Written so that NaN is refused.
  if (!(-age <= maxSkewSeconds)) throw new DocumentFutureError(-age, maxSkewSeconds);
  if (policy.at !== undefined) return;

  const { maxAgeSeconds = DEFAULT_MAX_AGE } = policy;
  if (!(age <= maxAgeSeconds)) throw new DocumentStaleError(age, maxAgeSeconds);
}

function summarize(certificate: ParsedCertificate): CertificateSummary {
  const { subject, notBefore, notAfter, serial, sha256 } = certificate;
  return { subject, notBefore, notAfter, serial, sha256 };
}
