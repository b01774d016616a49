// SPDX-License-Identifier: MIT
/**
 * The TEE path off chain: verification of AWS Nitro attestation documents, admission of enclave keys, and a software
 * enclave for local chains.
 *
 * @packageDocumentation
 */
export { admissionUserData, type AdmissionBinding } from "./admission-binding.ts";
export { DEVELOPMENT_ROOT_CERTIFICATE } from "./development-root.ts";
export { computeMeasurement, type EnclaveImage } from "./enclave-image.ts";
export * from "./errors.ts";
export { AWS_NITRO_ROOT_HASH, DEVELOPMENT_ROOT_HASH } from "./roots.ts";
export { createSoftwareEnclave, type SoftwareEnclaveParameters } from "./software-enclave.ts";
export type { AttestParameters, CertificateSummary, Enclave, NitroDocument } from "./types.ts";
export {
  MAX_KEY_LIFE,
  verifyAdmission,
  type AdmissionPolicy,
  type VerifiedAdmission,
} from "./verify-admission.ts";
export {
  verifyNitroDocument,
  type ArchivePolicy,
  type FreshnessPolicy,
  type TimePolicy,
  type VerifyNitroDocumentOptions,
} from "./verify-nitro-document.ts";
