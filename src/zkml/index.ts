// SPDX-License-Identifier: MIT
/**
 * Verifiable models: the integer runtime, its commitments and their proofs. snarkjs loads with the
 * first proof.
 */
export { commitOutput, resultBinding } from "../protocol/typed-data.ts";
export { commitInput, FIELD_ORDER, outputSignals, weightsCommitment } from "./commitment.ts";
export { DEVELOPMENT_ALPHA, isDevelopmentAlpha } from "./development.ts";
export * from "./errors.ts";
export { decodeZkmlEvidence, encodeZkmlEvidence, type ZkmlEvidence } from "./evidence.ts";
export {
  decodeProof,
  encodeProof,
  type G1Words,
  type G2Words,
  type Groth16Proof,
  type ProofWords,
  type PublicSignals,
} from "./groth16-proof.ts";
export { loadDigitImage, renderDigit } from "./image.ts";
export { loadModel, loadVerifyingKey } from "./model-files.ts";
export { formatModel, parseModel, type QuantisedLayer, type QuantisedModel } from "./model.ts";
export {
  createProver,
  ensureCircuit,
  loadCircuit,
  type Circuit,
  type CreateProverParameters,
  type ProveParameters,
  type Prover,
  type ProveReturnType,
} from "./prover.ts";
export { assertInput, runModel, type ModelAnswer } from "./runtime.ts";
export {
  assertPhase2,
  parseVerifyingKey,
  toContractVerifyingKey,
  type ContractVerifyingKey,
  type VerifyingKey,
} from "./verifying-key.ts";
export {
  verifyZkmlEvidence,
  type VerifyZkmlEvidenceParameters,
  type ZkmlRefusal,
  type ZkmlVerdict,
} from "./verify-evidence.ts";
