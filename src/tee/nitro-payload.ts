// SPDX-License-Identifier: MIT
import { bytesToHex, type Hex } from "viem";

import { decodeStrictCbor } from "./cbor.ts";
import { DocumentFieldError } from "./errors.ts";

/** The fields of a document, checked one by one against the AWS specification, but not yet authenticated. */
export interface NitroPayload {
  readonly moduleId: string;
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly digest: "SHA384";
  readonly pcrs: ReadonlyMap<number, Hex>;
  /** DER of the leaf. */
  readonly certificate: Uint8Array;
  /** DER of the CA certificates, root first. */
  readonly cabundle: readonly Uint8Array[];
  readonly publicKey: Hex | undefined;
  readonly userData: Hex | undefined;
  readonly nonce: Hex | undefined;
}

const FIELDS: readonly unknown[] = [
  "module_id",
  "digest",
  "timestamp",
  "pcrs",
  "certificate",
  "cabundle",
  "public_key",
  "user_data",
  "nonce",
];

/** Bounds of the AWS specification, in bytes; {@link MAX_BUNDLE} is ours and bounds the work (genuine bundles have 4). */
const MAX_CERTIFICATE = 1024;
const MAX_PUBLIC_KEY = 1024;
const MAX_USER_DATA = 512;
const MAX_PCR_INDEX = 31;
const PCR_SIZES: readonly number[] = [32, 48, 64];
const MAX_BUNDLE = 8;

/** Also keeps control characters of a document out of logs. */
const MODULE_ID = /^[\x21-\x7e]{1,128}$/;

export function parseNitroPayload(payload: Uint8Array): NitroPayload {
  const fields = decodeStrictCbor(payload);
  if (!(fields instanceof Map)) throw new DocumentFieldError("payload", "must be a map");
  const unknown = [...fields.keys()].find((name) => !FIELDS.includes(name));
  if (unknown !== undefined)
    throw new DocumentFieldError("payload", "has a field outside of the specification");

  const field = (name: string): unknown => fields.get(name);
  return {
    moduleId: parseModuleId(field("module_id")),
    timestamp: parseTimestamp(field("timestamp")),
    digest: parseDigest(field("digest")),
    pcrs: parsePcrs(field("pcrs")),
    certificate: parseBytes("certificate", field("certificate"), 1, MAX_CERTIFICATE),
    cabundle: parseBundle(field("cabundle")),
    publicKey: parseOptionalBytes("public_key", field("public_key"), 1, MAX_PUBLIC_KEY),
    userData: parseOptionalBytes("user_data", field("user_data"), 0, MAX_USER_DATA),
    nonce: parseOptionalBytes("nonce", field("nonce"), 0, MAX_USER_DATA),
  };
}

function parseModuleId(value: unknown): string {
  if (typeof value !== "string" || !MODULE_ID.test(value)) {
    throw new DocumentFieldError("module_id", "must be 1 to 128 printable ASCII characters");
  }
  return value;
}

function parseTimestamp(value: unknown): number {
  if (typeof value !== "number" || value === 0) {
    throw new DocumentFieldError("timestamp", "must be a positive integer of milliseconds");
  }
  return value;
}

function parseDigest(value: unknown): "SHA384" {
  if (value !== "SHA384") throw new DocumentFieldError("digest", "must be SHA384");
  return value;
}

function parsePcrs(value: unknown): ReadonlyMap<number, Hex> {
  if (!(value instanceof Map) || value.size === 0) {
    throw new DocumentFieldError("pcrs", "must be a map of 1 to 32 entries");
  }
  const pcrs = new Map<number, Hex>();
  for (const [index, pcr] of value as ReadonlyMap<unknown, unknown>) {
    if (typeof index !== "number" || index > MAX_PCR_INDEX) {
      throw new DocumentFieldError("pcrs", `must have integer indices up to ${MAX_PCR_INDEX}`);
    }
    if (!(pcr instanceof Uint8Array) || !PCR_SIZES.includes(pcr.length)) {
      throw new DocumentFieldError("pcrs", "must have values of 32, 48 or 64 bytes");
    }
    pcrs.set(index, bytesToHex(pcr));
  }
  return pcrs;
}

function parseBundle(value: unknown): readonly Uint8Array[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_BUNDLE) {
    throw new DocumentFieldError("cabundle", `must be an array of 1 to ${MAX_BUNDLE} certificates`);
  }
  return value.map((item: unknown) => parseBytes("cabundle", item, 1, MAX_CERTIFICATE));
}

/** Genuine documents write null for an optional field that is absent. */
function parseOptionalBytes(
  name: string,
  value: unknown,
  min: number,
  max: number,
): Hex | undefined {
  return value === null || value === undefined
    ? undefined
    : bytesToHex(parseBytes(name, value, min, max));
}

function parseBytes(name: string, value: unknown, min: number, max: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
    throw new DocumentFieldError(name, `must be ${min} to ${max} bytes`);
  }
  return value;
}
