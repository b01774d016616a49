// SPDX-License-Identifier: MIT
import { createHash, createPublicKey, sign, type KeyObject } from "node:crypto";

import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  CRLDistributionPoints,
  DistributionPoint,
  DistributionPointName,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_cRLDistributionPoints,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

import { encodeDer } from "./der.ts";

/** What a development certificate says. */
export interface DevelopmentCertificateParameters {
  readonly subject: Name;
  readonly issuer: Name;
  /** Unix seconds. */
  readonly notBefore: number;
  /** Unix seconds. */
  readonly notAfter: number;
  /** Big endian, not zero, first bit zero. */
  readonly serial: Uint8Array;
  /** The subject's key, private or public. */
  readonly subjectKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly extensions: readonly Extension[];
  /** Default ecdsa-with-SHA384. */
  readonly algorithm?: { readonly oid: string; readonly hash: string };
}

const ES384 = { oid: "1.2.840.10045.4.3.3", hash: "sha384" } as const;

const ATTRIBUTE_TYPES = {
  C: "2.5.4.6",
  ST: "2.5.4.8",
  L: "2.5.4.7",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  CN: "2.5.4.3",
} as const;

/** Builds a name in the order given, with the string types of genuine certificates. */
export function developmentName(
  attributes: Partial<Record<keyof typeof ATTRIBUTE_TYPES, string>>,
): Name {
  const items = Object.entries(attributes).map(([name, text]) => {
    const value = name === "C" ? { printableString: text } : { utf8String: text };
    const type = ATTRIBUTE_TYPES[name as keyof typeof ATTRIBUTE_TYPES];
    return new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type, value: new AttributeValue(value) }),
    ]);
  });
  return new Name(items);
}

/** Signs one X.509 certificate and returns its DER. */
export function issueDevelopmentCertificate(
  parameters: DevelopmentCertificateParameters,
): Uint8Array {
  const { oid, hash } = parameters.algorithm ?? ES384;
  const algorithm = new AlgorithmIdentifier({ algorithm: oid });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: toArrayBuffer(parameters.serial),
    signature: algorithm,
    issuer: parameters.issuer,
    validity: new Validity({
      notBefore: new Date(parameters.notBefore * 1000),
      notAfter: new Date(parameters.notAfter * 1000),
    }),
    subject: parameters.subject,
    subjectPublicKeyInfo: AsnConvert.parse(
      publicKeyDer(parameters.subjectKey),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions([...parameters.extensions]),
  });
  const signature = sign(hash, encodeDer(tbsCertificate), {
    key: parameters.issuerKey,
    dsaEncoding: "der",
  });
  return encodeDer(
    new Certificate({
      tbsCertificate,
      signatureAlgorithm: algorithm,
      signatureValue: toArrayBuffer(signature),
    }),
  );
}

/* EXTENSIONS */

export function basicConstraints(cA: boolean, pathLength?: number): Extension {
  const value = pathLength === undefined ? { cA } : { cA, pathLenConstraint: pathLength };
  return extension(id_ce_basicConstraints, true, new BasicConstraints(value));
}

export function keyUsage(
  critical: boolean,
  ...usages: readonly (keyof typeof KeyUsageFlags)[]
): Extension {
  const flags = usages.reduce((sum, usage) => sum | KeyUsageFlags[usage], 0);
  return extension(id_ce_keyUsage, critical, new KeyUsage(flags));
}

export function subjectKeyIdentifier(key: KeyObject): Extension {
  return extension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(keyIdentifier(key)));
}

export function authorityKeyIdentifier(key: KeyObject): Extension {
  const value = new AuthorityKeyIdentifier({
    keyIdentifier: new KeyIdentifier(keyIdentifier(key)),
  });
  return extension(id_ce_authorityKeyIdentifier, false, value);
}

export function crlDistributionPoint(url: string): Extension {
  const fullName = [new GeneralName({ uniformResourceIdentifier: url })];
  const point = new DistributionPoint({
    distributionPoint: new DistributionPointName({ fullName }),
  });
  return extension(id_ce_cRLDistributionPoints, false, new CRLDistributionPoints([point]));
}

function extension(extnID: string, critical: boolean, value: unknown): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(encodeDer(value)) });
}

/** SHA-1 of the point (RFC 5280, section 4.2.1.2): a label, not a safeguard. */
function keyIdentifier(key: KeyObject): Uint8Array {
  const { subjectPublicKey } = AsnConvert.parse(publicKeyDer(key), SubjectPublicKeyInfo);
  return createHash("sha1").update(new Uint8Array(subjectPublicKey)).digest();
}

function publicKeyDer(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return publicKey.export({ format: "der", type: "spki" });
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
