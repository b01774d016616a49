// SPDX-License-Identifier: MIT
import type { Address, Hex } from "viem";

/** One certificate of a document's path. */
export interface CertificateSummary {
  /** For example `C=US, O=Amazon, OU=AWS, CN=aws.nitro-enclaves`. */
  readonly subject: string;
  /** Unix seconds, inclusive. */
  readonly notBefore: number;
  /** Unix seconds, inclusive. */
  readonly notAfter: number;
  /** Serial number without leading zero bytes. */
  readonly serial: Hex;
  /** SHA-256 of the DER. */
  readonly sha256: Hex;
}

/** A verified AWS Nitro attestation document. */
export interface NitroDocument {
  /** For example `i-0340e0cb833504eb6-enc019c12d31f78864d`. */
  readonly moduleId: string;
  /** When the document was made: Unix milliseconds. */
  readonly timestamp: number;
  readonly digest: "SHA384";
  /** Platform configuration registers by index. */
  readonly pcrs: ReadonlyMap<number, Hex>;
  /** keccak256(pcr0 || pcr1 || pcr2): what the enclave runs. */
  readonly measurement: Hex;
  /** 1 to 1024 bytes, chosen by the enclave. */
  readonly publicKey: Hex | undefined;
  /** Up to 512 bytes, chosen by the enclave. */
  readonly userData: Hex | undefined;
  /** Up to 512 bytes, chosen by whoever asked for the document. */
  readonly nonce: Hex | undefined;
  /** Root first, leaf last. */
  readonly certificates: readonly CertificateSummary[];
  /** Unix seconds: `notAfter` of the instance's certificate, the last one of the bundle. */
  readonly instanceExpiry: number;
  /** Unix seconds: `notAfter` of the certificate that signed the document. */
  readonly leafExpiry: number;
  /** SHA-256 of the root certificate's DER. */
  readonly rootHash: Hex;
  /** Whether the root is the published development root, with which anybody can sign. */
  readonly isDevelopmentRoot: boolean;
}

/** What to put into an attestation document. */
export interface AttestParameters {
  /** At most 512 bytes; for an admission {@link admissionUserData}. */
  readonly userData: Hex;
  /** At most 512 bytes. */
  readonly nonce?: Hex;
  /** Unix seconds. A genuine enclave has its own clock and ignores it. */
  readonly now?: number;
}

/**
 * A running enclave that holds a secp256k1 key made at boot. The software enclave implements it for local chains; one
 * in a Nitro instance can take its place.
 */
export interface Enclave {
  /** 65 bytes, uncompressed. */
  readonly publicKey: Hex;
  /** Address of {@link Enclave.publicKey}. */
  readonly address: Address;
  /** keccak256(pcr0 || pcr1 || pcr2). */
  readonly measurement: Hex;
  /** Makes an attestation document of the enclave's key: COSE_Sign1 bytes. */
  attest(parameters: AttestParameters): Promise<Uint8Array>;
  /**
   * Signs the 32-byte digest of a result, as `ecrecover` takes it: r || s || v, low s, v 27 or 28. The digest must be
   * domain separated by whoever makes it.
   */
  signResult(digest: Hex): Promise<Hex>;
  /** Signs the enclave registry's `possessionDigest`, in the same form. */
  proveKeyPossession(digest: Hex): Promise<Hex>;
}
