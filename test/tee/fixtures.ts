// SPDX-License-Identifier: MIT
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { expect } from "chai";
import { type Address, type Hex } from "viem";

import type { AdmissionBinding } from "../../src/tee/admission-binding.ts";
import { encodeDer } from "../../src/tee/der.ts";
import { createDevelopmentChain, type DevelopmentChain } from "../../src/tee/development-chain.ts";
import { encodeNitroPayload, signNitroPayload } from "../../src/tee/development-document.ts";
import type { EnclaveImage } from "../../src/tee/enclave-image.ts";
import { DEVELOPMENT_ROOT_HASH } from "../../src/tee/roots.ts";

/** 2026-02-02T02:40:00Z, unix seconds. */
export const NOW = 1_770_000_000;

/** How documents under the development root are judged in most tests. */
export const DEVELOPMENT = { now: NOW, roots: [DEVELOPMENT_ROOT_HASH] } as const;

/** Positions in the path of certificates. */
export const ROOT = 0;
export const REGIONAL = 1;
export const ZONAL = 2;
export const INSTANCE = 3;
export const LEAF = 4;

export function image(changes: Partial<EnclaveImage> = {}): EnclaveImage {
  return { runtime: "assay-runtime/0.1.0", weights: hex32("11"), ...changes };
}

export function hex32(byte: string): Hex {
  return `0x${byte.repeat(32)}`;
}

export function address(byte: string): Address {
  return `0x${byte.repeat(20)}`;
}

export function binding(key: Address, changes: Partial<AdmissionBinding> = {}): AdmissionBinding {
  return {
    chainId: 31_337,
    registry: address("a1"),
    node: address("a2"),
    operator: address("a3"),
    payout: address("a4"),
    key,
    modelId: hex32("b1"),
    challenge: hex32("b2"),
    ...changes,
  };
}

/** One chain for all tests that alter certificates: making keys is what costs. */
let sharedChain: DevelopmentChain | undefined;

export function chain(): DevelopmentChain {
  sharedChain ??= createDevelopmentChain({
    instance: "i-0123456789abcdef0",
    enclave: "019c1234567890ab",
  })(NOW);
  return sharedChain;
}

export interface DocumentChanges {
  /** Gets and returns the path: root first, leaf last. */
  readonly path?: (path: readonly Uint8Array[]) => readonly Uint8Array[];
  /** Changes the payload's fields in place. */
  readonly fields?: (fields: Map<string, unknown>) => void;
  readonly encode?: (fields: ReadonlyMap<string, unknown>) => Uint8Array;
  readonly key?: KeyObject;
}

/** A document that verifies under {@link DEVELOPMENT}, unless changed. It is signed after the changes. */
export function buildDocument(changes: DocumentChanges = {}): Uint8Array {
  const { path = (same) => same, fields: change, encode = encodeNitroPayload, key } = changes;
  const { authorities, leaf } = chain();
  const ders = path([...authorities, leaf].map(({ der }) => der));
  const fields = new Map<string, unknown>([
    ["module_id", "i-0123456789abcdef0-enc019c1234567890ab"],
    ["digest", "SHA384"],
    ["timestamp", NOW * 1000],
    ["pcrs", new Map(Array.from({ length: 16 }, (_, index) => [index, pcr(index)]))],
    ["certificate", ders.at(-1)],
    ["cabundle", ders.slice(0, -1)],
    ["public_key", null],
    ["user_data", null],
    ["nonce", null],
  ]);
  change?.(fields);
  return signNitroPayload(encode(fields), key ?? leaf.key);
}

export function pcr(index: number): Uint8Array {
  return new Uint8Array(48).fill(index + 1);
}

/** Has the issuer of a development certificate sign an altered one, and puts it in its place. */
export function alterCertificate(
  index: number,
  alter: (certificate: Certificate) => void,
): (path: readonly Uint8Array[]) => readonly Uint8Array[] {
  return (path) => {
    const certificate = AsnConvert.parse(path[index]!, Certificate);
    alter(certificate);
    const signed = encodeDer(certificate.tbsCertificate);
    const signature = sign("sha384", signed, chain().authorities[index - 1]!.key);
    certificate.signatureValue = new Uint8Array(signature).buffer;
    return replaceAt(path, index, encodeDer(certificate));
  };
}

export function replaceAt<T>(items: readonly T[], index: number, item: T): readonly T[] {
  return items.map((same, position) => (position === index ? item : same));
}

export function keyPair(namedCurve: "P-256" | "P-384" | "P-521" = "P-384"): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).privateKey;
}

/* REFUSALS */

/** Constructors differ in their parameters; only the class is compared. */
type ErrorClass = abstract new (...parameters: never[]) => Error;

/** Asserts that the action throws exactly this class, not a subclass or another reason, and returns the error. */
export function expectRefusal<T extends ErrorClass>(
  label: string,
  errorClass: T,
  action: () => unknown,
): InstanceType<T> {
  const error = thrownBy(action);
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : "nothing was thrown";
  expect(error?.constructor, `${label}: got ${reason}`).to.equal(errorClass);
  return error as InstanceType<T>;
}

function thrownBy(action: () => unknown): Error | undefined {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

/* DATA FROM OUTSIDE */

/** The folder of conformance data; without it the calling suite is skipped, and says so. */
export function requireData(suite: Mocha.Context): string {
  const folder = process.env["ASSAY_DATA"];
  if (folder === undefined || !existsSync(resolve(folder, "tee"))) {
    process.stdout.write("    skipped: set ASSAY_DATA to the folder of conformance data\n");
    return suite.skip();
  }
  return resolve(folder);
}
