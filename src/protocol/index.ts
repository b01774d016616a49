// SPDX-License-Identifier: MIT
// The package's `./protocol`: everything that contracts and TypeScript must agree on. Pure: no I/O, no clock.
export { isLocalChain, LOCAL_CHAIN_IDS } from "./chains.ts";
export {
  type Deadlines,
  defaultDeadlines,
  earliestRefund,
  finalAt,
  windowOf,
} from "./deadlines.ts";
export {
  CHAT_OUTPUT_FORMAT,
  type ChatInput,
  type ChatMessage,
  type ChatOutput,
  type CompletionInput,
  decodeChatInput,
  decodeChatOutput,
  decodeCompletionInput,
  encodeChatInput,
  encodeChatOutput,
} from "./chat.ts";
export { commitInputBytes, commitModelFile, commitUpstream, type Upstream } from "./commitments.ts";
export type { CourtParameters, Dispute } from "./dispute.ts";
export type { Admission, EnclaveKey } from "./enclave.ts";
export {
  BaseError,
  type BaseErrorOptions,
  InvalidFieldError,
  JsonSyntaxError,
  JsonTooLargeError,
  MissingFieldError,
  SharesAboveFeeError,
  UnknownFieldError,
  UnknownPathError,
} from "./errors.ts";
export {
  ALL_EVIDENCE,
  Evidence,
  evidenceIn,
  evidenceOf,
  type EvidenceSet,
  hasEvidence,
  includesEvidence,
  NO_EVIDENCE,
  parsePath,
  type Path,
  pathOf,
  PATHS,
  pathsIn,
  pathsToSet,
  PROVING_EVIDENCE,
  requiredEvidenceOf,
  toEvidenceSet,
} from "./evidence.ts";
export { fee, type FeeShares, payoutOf, splitFee } from "./fees.ts";
export {
  type Hex32,
  type ModelId,
  type RequestId,
  type VerifyingKeyId,
  ZERO_HEX32,
} from "./ids.ts";
export {
  callsFrom,
  canMove,
  type LifecycleCall,
  type Transition,
  TRANSITIONS,
} from "./lifecycle.ts";
export {
  type IntegerManifest,
  isReproducible,
  type Manifest,
  type ManifestLimits,
  type OnnxManifest,
  type OpenaiManifest,
  parseManifest,
  readManifest,
} from "./manifest.ts";
export type { Earnings, MarketParameters, Payout } from "./market.ts";
export { type Model, modelIdOf } from "./model.ts";
export { type ModelStake, type Node, Role } from "./node.ts";
export {
  type Claims,
  isNonceFree,
  nextNonce,
  NONCE_WINDOW,
  type Order,
  type Reservation,
  resultOfOrder,
  toOrder,
} from "./order.ts";
export {
  parseReceipt,
  readReceipt,
  type Receipt,
  RECEIPT_MAX_CHARS,
  type ReceiptEvidence,
  type ReceiptModel,
  serializeReceipt,
  type Settlement,
} from "./receipt.ts";
export { NO_RESULT, type Request, type Result, resultIn } from "./request.ts";
export { parseRequest, readRequest, readResult, serializeRequest } from "./request-json.ts";
export type { G1, G2, VerifyingKey } from "./verifying-key.ts";
export {
  Escrow,
  isTerminal,
  type Reliance,
  type RequestRecord,
  State,
  stateName,
  type StateName,
  type Status,
  statusOf,
  Verdict,
} from "./state.ts";
export {
  decodeTensorOutput,
  type ElementType,
  encodeTensorOutput,
  type Tensor,
  TENSOR_OUTPUT_FORMAT,
  tensorBytes,
  type TensorForm,
  type TensorOutput,
} from "./tensors.ts";
export {
  assayDomain,
  type AssayDomain,
  type BoundResult,
  commitOutput,
  hashRequest,
  hashOrder,
  hashResult,
  hashResults,
  orderDomain,
  type OrderDomain,
  orderTypedData,
  REQUEST_TYPES,
  RESULT_TYPES,
  resultBinding,
  resultTypedData,
  subjectOf,
} from "./typed-data.ts";
export { recoverOrderSigner, recoverResultSigner } from "./signatures.ts";
export { merkleProof, merkleRoot } from "./merkle.ts";
export {
  batchDepth,
  batchDomain,
  type BatchDomain,
  type BatchHeader,
  type BatchOpening,
  type BatchParameters,
  type BatchPart,
  type BatchPlace,
  type BatchPosting,
  batchProofs,
  type BatchReceipt,
  batchRequestTypedData,
  batchRoot,
  batchRootFrom,
  BatchState,
  batchStateName,
  type BatchTotals,
  type BatchVoucher,
  type Channel,
  closingTypedData,
  countersignatureTypedData,
  type Exposure,
  Fault,
  faultName,
  hashBatch,
  hashPart,
  hashReceipt,
  type StoredBatch,
  voucherTypedData,
} from "./batch.ts";
export {
  addToTotals,
  type BatchTerms,
  chargeOf,
  formalFaultOf,
  isRefused,
  type JudgedReceipt,
  NO_TOTALS,
  partAt,
  placeAt,
} from "./batch-judge.ts";
export {
  type BatchReceiptDocument,
  parseBatchReceipt,
  readBatchReceiptDocument,
  serializeBatchReceipt,
} from "./batch-receipt.ts";
export { type CompactSignature, toCompactSignature, toSignature } from "./compact-signature.ts";
