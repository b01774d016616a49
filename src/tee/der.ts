// SPDX-License-Identifier: MIT
import { AsnConvert } from "@peculiar/asn1-schema";

import { CertificateEncodingError } from "./errors.ts";

export function encodeDer(value: unknown): Uint8Array {
  return new Uint8Array(AsnConvert.serialize(value));
}

/** Parses DER, and refuses what would not be written the same way: long lengths, explicit defaults, trailing bytes. */
export function decodeDer<T>(der: Uint8Array, type: new () => T, index: number): T {
  let parsed: T;
  let canonical: Uint8Array;
  try {
    parsed = AsnConvert.parse(der, type);
    canonical = encodeDer(parsed);
  } catch (cause) {
    throw new CertificateEncodingError(index, "is malformed", { cause });
  }
  if (Buffer.compare(canonical, der) !== 0) {
    throw new CertificateEncodingError(index, "is not canonical DER, or bytes follow it");
  }
  return parsed;
}
