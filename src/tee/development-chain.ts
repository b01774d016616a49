// SPDX-License-Identifier: MIT
import { generateKeyPairSync, randomBytes, type KeyObject } from "node:crypto";

import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, type Extension, type Name } from "@peculiar/asn1-x509";

import {
  authorityKeyIdentifier,
  basicConstraints,
  crlDistributionPoint,
  developmentName,
  issueDevelopmentCertificate,
  keyUsage,
  subjectKeyIdentifier,
} from "./development-certificate.ts";
import { DEVELOPMENT_ROOT_CERTIFICATE, developmentRootKey } from "./development-root.ts";
import { EnclaveInputError } from "./errors.ts";

/** A certificate of the development PKI with its private key. */
export interface DevelopmentAuthority {
  readonly der: Uint8Array;
  readonly name: Name;
  readonly key: KeyObject;
  /** Unix seconds. */
  readonly notBefore: number;
  /** Unix seconds. */
  readonly notAfter: number;
}

/** What signs documents at one time. */
export interface DevelopmentChain {
  /** The CAs, root first. */
  readonly authorities: readonly DevelopmentAuthority[];
  readonly leaf: DevelopmentAuthority;
}

/** Identifies an enclave as Nitro does: `<instance>-<enclave>`. */
export interface ModuleId {
  /** `i-` and 17 hexadecimal digits. */
  readonly instance: string;
  /** 16 hexadecimal digits. */
  readonly enclave: string;
}

/** One level of the genuine PKI below its root, with its life time and extensions. */
interface Level {
  /** Seconds before the time of issue. */
  readonly backdating: number;
  /** Seconds after the time of issue. */
  readonly life: number;
  readonly name: (module: ModuleId) => Name;
  readonly serial: (module: ModuleId, now: number) => Uint8Array;
  readonly extensions: (key: KeyObject, issuerKey: KeyObject) => readonly Extension[];
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
const SUFFIX = "local-1.assay.development.nitro-enclaves";
const PLACE = { C: "US", ST: "Washington", L: "Seattle", O: "Assay", OU: "Development" } as const;
const REVOCATION_LIST = "http://crl.assay.invalid/crl/development.crl";

const LEVELS: readonly Level[] = [
  {
    backdating: HOUR,
    life: 20 * DAY,
    name: () =>
      developmentName({ C: "US", O: "Assay", OU: "Development", CN: `${randomHex(8)}.${SUFFIX}` }),
    serial: () => randomSerial(16),
    extensions: (key, issuerKey) => authorityExtensions(key, issuerKey, 2),
  },
  {
    backdating: HOUR,
    life: 6 * DAY,
    name: () =>
      developmentName({
        CN: `${randomHex(8)}.zonal.${SUFFIX}`,
        OU: "Development",
        O: "Assay",
        C: "US",
        ST: "WA",
        L: "Seattle",
      }),
    serial: () => randomSerial(16),
    extensions: (key, issuerKey) => authorityExtensions(key, issuerKey, 1),
  },
  {
    backdating: 0,
    life: DAY,
    name: ({ instance }) => developmentName({ ...PLACE, CN: `${instance}.${SUFFIX}` }),
    serial: () => randomSerial(20),
    extensions: (key, issuerKey) => [
      basicConstraints(true, 0),
      keyUsage(true, "keyCertSign"),
      subjectKeyIdentifier(key),
      authorityKeyIdentifier(issuerKey),
    ],
  },
  {
    backdating: 3,
    life: 3 * HOUR,
    name: (module) => developmentName({ ...PLACE, CN: `${formatModuleId(module)}.local-1.assay` }),
    serial: ({ enclave }, now) => Buffer.from(enclave + now.toString(16).padStart(16, "0"), "hex"),
    extensions: () => [
      basicConstraints(false),
      keyUsage(false, "digitalSignature", "nonRepudiation"),
    ],
  },
];

/** The published root with its key: the top of every development chain. */
export function developmentRoot(): DevelopmentAuthority {
  const { subject, validity } = AsnConvert.parse(
    DEVELOPMENT_ROOT_CERTIFICATE,
    Certificate,
  ).tbsCertificate;
  return {
    der: DEVELOPMENT_ROOT_CERTIFICATE,
    name: subject,
    key: developmentRootKey(),
    notBefore: validity.notBefore.getTime().getTime() / 1000,
    notAfter: validity.notAfter.getTime().getTime() / 1000,
  };
}

export function formatModuleId({ instance, enclave }: ModuleId): string {
  return `${instance}-enc${enclave}`;
}

/**
 * Plays the part of the Nitro PKI: root, region, zone, instance and leaf, each issued when it is first needed and again
 * when it has expired, so that the certificates above an expired one stay the same.
 *
 * @returns The chain that is valid at the given Unix time in seconds.
 */
export function createDevelopmentChain(module: ModuleId): (now: number) => DevelopmentChain {
  const root = developmentRoot();
  let issued: readonly DevelopmentAuthority[] = [];

  return (now) => {
    if (!isValid(root, now))
      throw new EnclaveInputError("now", "is outside of the development root's life");
    const firstInvalid = issued.findIndex((authority) => !isValid(authority, now));
    const authorities = issued.slice(0, firstInvalid === -1 ? undefined : firstInvalid);
    let last = authorities.at(-1) ?? root;
    for (const level of LEVELS.slice(authorities.length)) {
      last = issueLevel(level, module, last, now);
      authorities.push(last);
    }
    issued = authorities;
    return { authorities: [root, ...issued.slice(0, -1)], leaf: last };
  };
}

function issueLevel(
  level: Level,
  module: ModuleId,
  issuer: DevelopmentAuthority,
  now: number,
): DevelopmentAuthority {
  const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  const [notBefore, notAfter] = [now - level.backdating, now + level.life];
  const name = level.name(module);
  const der = issueDevelopmentCertificate({
    subject: name,
    issuer: issuer.name,
    notBefore,
    notAfter,
    serial: level.serial(module, now),
    subjectKey: key,
    issuerKey: issuer.key,
    extensions: level.extensions(key, issuer.key),
  });
  return { der, name, key, notBefore, notAfter };
}

function authorityExtensions(
  key: KeyObject,
  issuerKey: KeyObject,
  pathLength: number,
): readonly Extension[] {
  return [
    basicConstraints(true, pathLength),
    authorityKeyIdentifier(issuerKey),
    subjectKeyIdentifier(key),
    keyUsage(true, "digitalSignature", "keyCertSign", "cRLSign"),
    crlDistributionPoint(REVOCATION_LIST),
  ];
}

function isValid({ notBefore, notAfter }: DevelopmentAuthority, now: number): boolean {
  return notBefore <= now && now <= notAfter;
}

function randomHex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}

/** The first byte is neither zero nor negative, so that the DER integer has exactly this many bytes. */
function randomSerial(bytes: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x55), randomBytes(bytes - 1)]);
}
