// SPDX-License-Identifier: MIT
import type { KeyObject } from "node:crypto";

import { encode } from "cborg";

import { decodeStrictCbor } from "./cbor.ts";
import { verifyEcdsa } from "./ecdsa.ts";
import { CborError, CoseError, DocumentSignatureError } from "./errors.ts";

/** A parsed COSE_Sign1 (RFC 9052) whose signature is not yet verified. */
export interface CoseSign1 {
  readonly protectedHeader: Uint8Array;
  readonly payload: Uint8Array;
  /** r || s, 48 bytes each. */
  readonly signature: Uint8Array;
}

/** {1: -35}, which is ECDSA with SHA-384 and nothing else. */
export const PROTECTED_HEADER = Uint8Array.of(0xa1, 0x01, 0x38, 0x22);

/** Bytes. The Nitro module itself answers at most 12,288. */
const MAX_DOCUMENT_SIZE = 16_384;

const TAG_COSE_SIGN1 = 0xd2;

const SIGNATURE_SIZE = 96;

/** Parses a COSE_Sign1, tagged or not. Genuine documents are untagged; the tag is what RFC 9052 allows. */
export function parseCoseSign1(document: Uint8Array): CoseSign1 {
  if (document.length > MAX_DOCUMENT_SIZE) {
    throw new CborError(`${document.length} bytes, at most ${MAX_DOCUMENT_SIZE} are allowed`);
  }
  const untagged = document[0] === TAG_COSE_SIGN1 ? document.subarray(1) : document;
  const parts = decodeStrictCbor(untagged);
  if (!Array.isArray(parts) || parts.length !== 4)
    throw new CoseError("it must be an array of four");

  const [protectedHeader, unprotectedHeader, payload, signature] = parts as readonly unknown[];
  if (!(protectedHeader instanceof Uint8Array) || !equalBytes(protectedHeader, PROTECTED_HEADER)) {
    throw new CoseError("its protected header must be {1: -35} (ES384)");
  }
  if (!(unprotectedHeader instanceof Map) || unprotectedHeader.size > 0) {
    throw new CoseError("its unprotected header must be an empty map");
  }
  if (!(payload instanceof Uint8Array)) throw new CoseError("its payload must be a byte string");
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_SIZE) {
    throw new CoseError(`its signature must be ${SIGNATURE_SIZE} bytes`);
  }
  return { protectedHeader, payload, signature };
}

/** The bytes that a COSE_Sign1 signs: Sig_structure of RFC 9052, section 4.4, without external data. */
export function coseSignedBytes(protectedHeader: Uint8Array, payload: Uint8Array): Uint8Array {
  return encode(["Signature1", protectedHeader, new Uint8Array(), payload]);
}

export function verifyCoseSignature(sign1: CoseSign1, key: KeyObject): void {
  const signed = coseSignedBytes(sign1.protectedHeader, sign1.payload);
  if (!verifyEcdsa(key, signed, sign1.signature, "ieee-p1363")) {
    throw new DocumentSignatureError();
  }
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
