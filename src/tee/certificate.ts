// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, type KeyObject } from "node:crypto";

import {
  BasicConstraints,
  Certificate,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  KeyUsage,
  Version,
  type AlgorithmIdentifier,
  type KeyUsageType,
  type Name,
  type SubjectPublicKeyInfo,
  type TBSCertificate,
} from "@peculiar/asn1-x509";
import { bytesToHex, trim, type Hex } from "viem";

import { decodeDer, encodeDer } from "./der.ts";
import {
  CertificateAlgorithmError,
  CertificateCurveError,
  CertificateEncodingError,
  CertificateExtensionError,
} from "./errors.ts";
import type { CertificateSummary } from "./types.ts";

/** A certificate whose form is right. Whether it may sign what it signed is a matter of its path. */
export interface ParsedCertificate extends CertificateSummary {
  /** The signed part. */
  readonly signed: Uint8Array;
  /** DER of r and s. */
  readonly signature: Uint8Array;
  readonly issuerName: Hex;
  readonly subjectName: Hex;
  readonly publicKey: KeyObject;
  readonly isCa: boolean;
  /** How many CA certificates may follow; undefined: any number. */
  readonly pathLength: number | undefined;
  readonly keyUsage: readonly KeyUsageType[];
}

const ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";

/** DER of a SubjectPublicKeyInfo of P-384 up to the two coordinates of its uncompressed point. */
const P384_KEY_PREFIX: Hex = "0x3076301006072a8648ce3d020106052b8104002203620004";

const KNOWN_EXTENSIONS: readonly string[] = [id_ce_basicConstraints, id_ce_keyUsage];

const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
};

export function sha256(bytes: Uint8Array): Hex {
  return bytesToHex(createHash("sha256").update(bytes).digest());
}

/**
 * Parses one DER certificate.
 *
 * @param index Position in the path, for the errors.
 */
export function parseCertificate(der: Uint8Array, index: number): ParsedCertificate {
  const certificate = decodeDer(der, Certificate, index);
  const { tbsCertificate: signed, signatureAlgorithm, signatureValue } = certificate;
  if (signed.version !== Version.v3)
    throw new CertificateEncodingError(index, "is not of version 3");
  if (!isEcdsaWithSha384(signed.signature) || !isEcdsaWithSha384(signatureAlgorithm)) {
    throw new CertificateAlgorithmError(index, "is not signed with ecdsa-with-SHA384");
  }
  const constraints = parseExtensions(signed, index);

  return {
    ...constraints,
    subject: describeName(signed.subject),
    notBefore: unixSeconds(signed.validity.notBefore.getTime()),
    notAfter: unixSeconds(signed.validity.notAfter.getTime()),
    serial: trim(bytesToHex(new Uint8Array(signed.serialNumber))),
    sha256: sha256(der),
    signed: encodeDer(signed),
    signature: new Uint8Array(signatureValue),
    issuerName: bytesToHex(encodeDer(signed.issuer)),
    subjectName: bytesToHex(encodeDer(signed.subject)),
    publicKey: parsePublicKey(signed.subjectPublicKeyInfo, index),
  };
}

function parseExtensions(
  signed: TBSCertificate,
  index: number,
): Pick<ParsedCertificate, "isCa" | "pathLength" | "keyUsage"> {
  const extensions = new Map<string, Uint8Array>();
  for (const { extnID, critical, extnValue } of signed.extensions ?? []) {
    if (extensions.has(extnID))
      throw new CertificateEncodingError(index, `repeats extension ${extnID}`);
    if (critical && !KNOWN_EXTENSIONS.includes(extnID)) {
      throw new CertificateExtensionError(index, `has the unknown critical extension ${extnID}`);
    }
    extensions.set(extnID, new Uint8Array(extnValue.buffer));
  }

  const basicConstraints = extensions.get(id_ce_basicConstraints);
  const keyUsage = extensions.get(id_ce_keyUsage);
  const constraints = basicConstraints && decodeDer(basicConstraints, BasicConstraints, index);
  return {
    isCa: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint,
    keyUsage: keyUsage === undefined ? [] : decodeDer(keyUsage, KeyUsage, index).toJSON(),
  };
}

function parsePublicKey(info: SubjectPublicKeyInfo, index: number): KeyObject {
  const key = encodeDer(info);
  if (!bytesToHex(key).startsWith(P384_KEY_PREFIX)) {
    throw new CertificateCurveError(index, "has a key that is no uncompressed point of P-384");
  }
  try {
    return createPublicKey({ key: Buffer.from(key), format: "der", type: "spki" });
  } catch (cause) {
    throw new CertificateCurveError(index, "has a key that is not on P-384", { cause });
  }
}

function isEcdsaWithSha384({ algorithm, parameters }: AlgorithmIdentifier): boolean {
  return algorithm === ECDSA_WITH_SHA384 && parameters === undefined;
}

function describeName(name: Name): string {
  return name
    .flatMap((attributes) => [...attributes])
    .map(({ type, value }) => `${ATTRIBUTE_NAMES[type] ?? type}=${value.toString()}`)
    .join(", ");
}

function unixSeconds(date: Date): number {
  return date.getTime() / 1000;
}
