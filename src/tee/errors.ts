// SPDX-License-Identifier: MIT
import { BaseError, type BaseErrorOptions } from "../protocol/errors.ts";

/* DOCUMENT */

/** The bytes are not the strict CBOR of a genuine document. */
export class CborError extends BaseError {
  override readonly code = "TEE-001";
  constructor(reason: string) {
    super(`Not strict CBOR: ${reason}. Pass the document's raw bytes, unchanged.`);
  }
}

/** The bytes are CBOR, but not a COSE_Sign1 with the header of a Nitro document. */
export class CoseError extends BaseError {
  override readonly code = "TEE-002";
  constructor(reason: string) {
    super(`Not a COSE_Sign1 of a Nitro document: ${reason}.`);
  }
}

/** A field of the document is missing, unknown, of the wrong type or out of bounds. */
export class DocumentFieldError extends BaseError {
  override readonly code = "TEE-003";
  /** Name of the field, as in the AWS specification. */
  readonly field: string;
  constructor(field: string, reason: string) {
    super(`Document field ${field} ${reason}.`);
    this.field = field;
  }
}

/** The document is not signed by the key of its leaf certificate. */
export class DocumentSignatureError extends BaseError {
  override readonly code = "TEE-004";
  constructor() {
    super(
      "The document's signature does not verify under its certificate: it was changed or forged.",
    );
  }
}

/** PCR0, PCR1 and PCR2 are zero: the enclave ran in debug mode and its memory could be read. */
export class DebugDocumentError extends BaseError {
  override readonly code = "TEE-005";
  constructor() {
    super(
      "The document is of a debug enclave (PCR0..2 are zero). Start the enclave without --debug-mode.",
    );
  }
}

/** The document is older than the policy allows. */
export class DocumentStaleError extends BaseError {
  override readonly code = "TEE-006";
  constructor(ageSeconds: number, maxAgeSeconds: number) {
    super(
      `The document is ${ageSeconds} s old, at most ${maxAgeSeconds} s are allowed. Request a fresh one.`,
    );
  }
}

/** The document was made after the time it is judged at, beyond the allowed clock skew. */
export class DocumentFutureError extends BaseError {
  override readonly code = "TEE-007";
  constructor(aheadSeconds: number, maxSkewSeconds: number) {
    super(
      `The document is from ${aheadSeconds} s in the future, at most ${maxSkewSeconds} s are allowed. Check the clock.`,
    );
  }
}

/* CERTIFICATES */

/** What every error about one certificate carries. */
export abstract class CertificateError extends BaseError {
  /** Position in the path: 0 is the root, the last one is the leaf. */
  readonly index: number;
  constructor(index: number, reason: string, options?: BaseErrorOptions) {
    super(`Certificate ${index} of the path (0 is the root) ${reason}.`, options);
    this.index = index;
  }
}

/** The certificate is not one canonical DER certificate of X.509 version 3. */
export class CertificateEncodingError extends CertificateError {
  override readonly code = "TEE-010";
}

/** The certificate is not signed with ecdsa-with-SHA384, inside and outside. */
export class CertificateAlgorithmError extends CertificateError {
  override readonly code = "TEE-011";
}

/** The certificate's key is not an uncompressed point of P-384. */
export class CertificateCurveError extends CertificateError {
  override readonly code = "TEE-012";
}

/** The certificate has a critical extension that this verifier does not know. */
export class CertificateExtensionError extends CertificateError {
  override readonly code = "TEE-013";
}

/** A CA certificate is no CA, or the leaf is one. */
export class CertificateConstraintsError extends CertificateError {
  override readonly code = "TEE-014";
}

/** More CA certificates follow than the certificate's path length allows. */
export class CertificatePathLengthError extends CertificateError {
  override readonly code = "TEE-015";
}

/** The certificate's key may not be used for what it was used for. */
export class CertificateKeyUsageError extends CertificateError {
  override readonly code = "TEE-016";
}

/** The certificate's issuer is not the subject of the one before it. */
export class CertificateIssuerError extends CertificateError {
  override readonly code = "TEE-017";
}

/** The certificate is not signed by the key of the one before it. */
export class CertificateSignatureError extends CertificateError {
  override readonly code = "TEE-018";
}

/** The certificate was not yet valid at the time it is judged at. */
export class CertificateNotYetValidError extends CertificateError {
  override readonly code = "TEE-019";
}

/** The certificate was no longer valid at the time it is judged at. */
export class CertificateExpiredError extends CertificateError {
  override readonly code = "TEE-020";
}

/** A certificate after the first one is issued by itself. */
export class CertificateExtraRootError extends CertificateError {
  override readonly code = "TEE-021";
}

/** The pinned root comes last: the bundle must be sorted from the root down. */
export class CertificateOrderError extends BaseError {
  override readonly code = "TEE-022";
  constructor() {
    super("The certificate bundle is reversed: its first certificate must be the root.");
  }
}

/** The bundle does not begin with a pinned root. */
export class RootNotPinnedError extends BaseError {
  override readonly code = "TEE-023";
  constructor(rootHash: string, options?: BaseErrorOptions) {
    super(`The certificate bundle begins with ${rootHash}, which is not a pinned root.`, options);
  }
}

/* ADMISSION */

/** The document's `public_key` is not an uncompressed secp256k1 point. */
export class EnclavePublicKeyError extends BaseError {
  override readonly code = "TEE-030";
  constructor(reason: string, options?: BaseErrorOptions) {
    super(
      `The document's public_key ${reason}; it must be 65 bytes of secp256k1, 0x04 || x || y.`,
      options,
    );
  }
}

/** The document attests another key than the one proposed. */
export class EnclaveKeyMismatchError extends BaseError {
  override readonly code = "TEE-031";
  constructor(attested: string, expected: string) {
    super(`The document attests key ${attested}, not ${expected}.`);
  }
}

/** The document's `user_data` is not the binding of this admission: it was made for another one. */
export class AdmissionBindingError extends BaseError {
  override readonly code = "TEE-032";
  constructor(actual: string | undefined, expected: string) {
    super(
      `The document's user_data is ${actual ?? "absent"}, not ${expected}: chain, registry, node, operator, payout, key, model or challenge differ.`,
    );
  }
}

/** The enclave runs an image that the model's publisher does not allow. */
export class MeasurementNotAllowedError extends BaseError {
  override readonly code = "TEE-033";
  constructor(measurement: string) {
    super(`Measurement ${measurement} is not allowed. Its publisher must allow it first.`);
  }
}

/** The document's `nonce` is not the expected one: it answers another question. */
export class NonceMismatchError extends BaseError {
  override readonly code = "TEE-034";
  constructor(actual: string | undefined, expected: string) {
    super(`The document's nonce is ${actual ?? "absent"}, not ${expected}.`);
  }
}

/** The development root was offered where it must not count: anybody can sign with it. */
export class DevelopmentRootError extends BaseError {
  override readonly code = "TEE-035";
  constructor(chainId: number) {
    super(
      `The development root is not accepted on chain ${chainId}. On a local chain set developmentRoot; elsewhere use a genuine enclave.`,
    );
  }
}

/** The admitted key's life would already be over. */
export class EnclaveKeyExpiredError extends BaseError {
  override readonly code = "TEE-036";
  constructor(expiresAt: number, judgedAt: number) {
    super(`The enclave key expired at ${expiresAt}, before ${judgedAt}. Request a fresh document.`);
  }
}

/* SOFTWARE ENCLAVE */

/** The software enclave was asked for something that a genuine one would refuse. */
export class EnclaveInputError extends BaseError {
  override readonly code = "TEE-040";
  constructor(field: string, reason: string) {
    super(`Enclave input ${field} ${reason}.`);
  }
}
