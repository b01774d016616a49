// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import { parseCertificate, sha256, type ParsedCertificate } from "./certificate.ts";
import { verifyEcdsa } from "./ecdsa.ts";
import {
  CertificateConstraintsError,
  CertificateExpiredError,
  CertificateExtraRootError,
  CertificateIssuerError,
  CertificateKeyUsageError,
  CertificateNotYetValidError,
  CertificateOrderError,
  CertificatePathLengthError,
  CertificateSignatureError,
  RootNotPinnedError,
} from "./errors.ts";
import { DEVELOPMENT_ROOT_HASH } from "./roots.ts";

export interface CertificatePathParameters {
  /** DER, root first. */
  readonly cabundle: readonly Uint8Array[];
  /** DER of the certificate that signs documents. */
  readonly leaf: Uint8Array;
  /** SHA-256 of each root that is trusted. */
  readonly roots: readonly Hex[];
  /** Unix seconds: all certificates must be valid at each of these times. */
  readonly validAt: readonly number[];
}

/**
 * Verifies the path from a pinned root to the leaf (RFC 5280, section 6, as far as Nitro documents use it: no policies,
 * no name constraints, no revocation lists). The order is the bundle's own: no path is searched.
 *
 * @returns The certificates, root first and leaf last.
 */
export function verifyCertificatePath(
  parameters: CertificatePathParameters,
): readonly ParsedCertificate[] {
  requirePinnedRoot(parameters);

  const path = [...parameters.cabundle, parameters.leaf].map(parseCertificate);
  path.forEach((certificate, index) => {
    requireRole(certificate, index, path.length);
    const issuer = path[index - 1];
    // The root needs no issuer: its hash pins every byte of it.
    if (issuer !== undefined) requireIssuedBy(certificate, issuer, index);
    for (const time of parameters.validAt) requireValidAt(certificate, time, index);
  });
  return path;
}

function requirePinnedRoot({ cabundle, roots }: CertificatePathParameters): void {
  const pinned = new Set(roots.map((root) => root.toLowerCase()));
  const hashes = cabundle.map(sha256);
  const [first = "nothing"] = hashes;
  if (pinned.has(first)) return;

  const last = hashes.at(-1);
  if (last !== undefined && pinned.has(last)) throw new CertificateOrderError();
  const details =
    first === DEVELOPMENT_ROOT_HASH
      ? { details: ["It is the development root, which counts on local chains only."] }
      : {};
  throw new RootNotPinnedError(first, details);
}

function requireRole(certificate: ParsedCertificate, index: number, pathSize: number): void {
  const { isCa, pathLength, keyUsage } = certificate;
  const isLeaf = index === pathSize - 1;
  if (isLeaf) {
    if (isCa) throw new CertificateConstraintsError(index, "is the leaf and must not be a CA");
    if (!keyUsage.includes("digitalSignature")) {
      throw new CertificateKeyUsageError(index, "must be allowed to make digital signatures");
    }
    return;
  }

  if (!isCa) throw new CertificateConstraintsError(index, "must be a CA");
  const casBelow = pathSize - 2 - index;
  if (pathLength !== undefined && casBelow > pathLength) {
    throw new CertificatePathLengthError(
      index,
      `allows ${pathLength} CAs below it, not ${casBelow}`,
    );
  }
  if (!keyUsage.includes("keyCertSign")) {
    throw new CertificateKeyUsageError(index, "must be allowed to sign certificates");
  }
}

function requireIssuedBy(
  certificate: ParsedCertificate,
  issuer: ParsedCertificate,
  index: number,
): void {
  if (certificate.issuerName === certificate.subjectName) {
    throw new CertificateExtraRootError(
      index,
      "is issued by itself; only the first one may be a root",
    );
  }
  if (certificate.issuerName !== issuer.subjectName) {
    throw new CertificateIssuerError(index, "names another issuer than the certificate before it");
  }
  const { signed, signature } = certificate;
  if (!verifyEcdsa(issuer.publicKey, signed, signature, "der")) {
    throw new CertificateSignatureError(index, "is not signed by the certificate before it");
  }
}

function requireValidAt(certificate: ParsedCertificate, time: number, index: number): void {
  const { notBefore, notAfter } = certificate;
  // Written so that NaN is refused.
  if (!(time >= notBefore)) {
    throw new CertificateNotYetValidError(index, `is valid from ${notBefore}, judged at ${time}`);
  }
  if (!(time <= notAfter)) {
    throw new CertificateExpiredError(index, `was valid until ${notAfter}, judged at ${time}`);
  }
}
