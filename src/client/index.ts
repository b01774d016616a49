// SPDX-License-Identifier: MIT
// The package's main entry: actions in viem's style, their errors, and the client of a node's HTTP service.
export * from "./actions/accept.ts";
export * from "./actions/addStake.ts";
export * from "./actions/allowMeasurement.ts";
export * from "./actions/approveAndDeposit.ts";
export * from "./actions/approveNode.ts";
export * from "./actions/beginUnbonding.ts";
export * from "./actions/bindKey.ts";
export * from "./actions/cancel.ts";
export * from "./actions/challenge.ts";
export * from "./actions/challengeReceipt.ts";
export * from "./actions/closeChannel.ts";
export * from "./actions/collect.ts";
export * from "./actions/collectAll.ts";
export * from "./actions/collectSigner.ts";
export * from "./actions/commitChallenge.ts";
export * from "./actions/commitFault.ts";
export * from "./actions/commitVote.ts";
export * from "./actions/conclude.ts";
export * from "./actions/countersignBatch.ts";
export * from "./actions/decide.ts";
export * from "./actions/demandReceipt.ts";
export * from "./actions/deposit.ts";
export * from "./actions/depositWithAuthorization.ts";
export * from "./actions/depositWithPermit.ts";
export * from "./actions/drawJury.ts";
export * from "./actions/extractClaim.ts";
export * from "./actions/extractReceipt.ts";
export * from "./actions/fetchDeployment.ts";
export * from "./actions/finalize.ts";
export * from "./actions/finalizeBatch.ts";
export * from "./actions/finalizeClaims.ts";
export * from "./actions/findClaim.ts";
export * from "./actions/findRequest.ts";
export * from "./actions/findResult.ts";
export * from "./actions/fulfil.ts";
export * from "./actions/fulfilAndCall.ts";
export * from "./actions/fulfilOrder.ts";
export * from "./actions/fulfilOrderAndCall.ts";
export * from "./actions/fulfilOrders.ts";
export * from "./actions/fundChannel.ts";
export * from "./actions/getAdmission.ts";
export * from "./actions/getAward.ts";
export * from "./actions/getBatch.ts";
export * from "./actions/getBatchEvents.ts";
export * from "./actions/getBatchParameters.ts";
export * from "./actions/getChallengeCommitment.ts";
export * from "./actions/getChannel.ts";
export * from "./actions/getChecker.ts";
export * from "./actions/getClaims.ts";
export * from "./actions/getCommittee.ts";
export * from "./actions/getCourtParameters.ts";
export * from "./actions/getDispute.ts";
export * from "./actions/getDocumentChallenge.ts";
export * from "./actions/getEarnings.ts";
export * from "./actions/getEnclaveKey.ts";
export * from "./actions/getEndpoint.ts";
export * from "./actions/getFaultCommitment.ts";
export * from "./actions/getFinalAt.ts";
export * from "./actions/getJurors.ts";
export * from "./actions/getLedgerBalance.ts";
export * from "./actions/getModel.ts";
export * from "./actions/getModelStake.ts";
export * from "./actions/getNode.ts";
export * from "./actions/getParameters.ts";
export * from "./actions/getPledge.ts";
export * from "./actions/getPossessionDigest.ts";
export * from "./actions/getRequestEvents.ts";
export * from "./actions/getRequestRecord.ts";
export * from "./actions/getReservation.ts";
export * from "./actions/getSigner.ts";
export * from "./actions/getStatus.ts";
export * from "./actions/getVoteCommitment.ts";
export * from "./actions/isKeyLive.ts";
export * from "./actions/isMeasurementAllowed.ts";
export * from "./actions/isReceiptVoid.ts";
export * from "./actions/isServing.ts";
export * from "./actions/judgeDocument.ts";
export * from "./actions/judgeRevocation.ts";
export * from "./actions/lapseReceipts.ts";
export * from "./actions/openRequest.ts";
export * from "./actions/optIn.ts";
export * from "./actions/optOut.ts";
export * from "./actions/payPool.ts";
export * from "./actions/pledge.ts";
export * from "./actions/postBatch.ts";
export * from "./actions/proposeDocument.ts";
export * from "./actions/prove.ts";
export * from "./actions/refund.ts";
export * from "./actions/registerKey.ts";
export * from "./actions/registerModel.ts";
export * from "./actions/registerNode.ts";
export * from "./actions/release.ts";
export * from "./actions/releaseChannel.ts";
export * from "./actions/requireFinal.ts";
export * from "./actions/requireFinalReceipt.ts";
export * from "./actions/rescue.ts";
export * from "./actions/reserve.ts";
export * from "./actions/retire.ts";
export * from "./actions/revealReceipt.ts";
export * from "./actions/revealVote.ts";
export * from "./actions/revokeKey.ts";
export * from "./actions/revokeMeasurement.ts";
export * from "./actions/setEndpoint.ts";
export * from "./actions/setPayout.ts";
export * from "./actions/signBatchRequest.ts";
export * from "./actions/signClosing.ts";
export * from "./actions/signCountersignature.ts";
export * from "./actions/signDeposit.ts";
export * from "./actions/signOrder.ts";
export * from "./actions/signResult.ts";
export * from "./actions/signVoucher.ts";
export * from "./actions/unpledge.ts";
export * from "./actions/waitForFinal.ts";
export * from "./actions/watchStatus.ts";
export * from "./actions/withdraw.ts";
export * from "./actions/withdrawAward.ts";
export * from "./actions/withdrawStake.ts";
export { type AssayActions, assayActions } from "./decorators/assayActions.ts";
export type { Bound, BoundDeployment } from "./decorators/bound.ts";
export { type PublicAssayActions, publicAssayActions } from "./decorators/publicAssayActions.ts";
export { type WalletAssayActions, walletAssayActions } from "./decorators/walletAssayActions.ts";
export type { BatchNamed, BatchWriteOptions } from "./batches.ts";
export type { ReadOptions } from "./call.ts";
export {
  channelClient,
  type ChannelClient,
  type ChannelClientParameters,
  type ChannelUse,
} from "./channelClient.ts";
export {
  type Deployment,
  type DeploymentContract,
  type DeploymentWith,
  parseDeployment,
  serializeDeployment,
} from "./deployment.ts";
export {
  EARNINGS_CONTRACTS,
  type EarningsContract,
  type EarningsPlace,
  type EarningsWriteOptions,
  type EarningsWriteReturnType,
} from "./earnings.ts";
export {
  AbortedError,
  AccountMissingError,
  CallInvalidError,
  ChannelAllowanceError,
  ChainMismatchError,
  ContractMissingError,
  ContractRevertedError,
  DeploymentIncompleteError,
  EndpointInvalidError,
  EventMissingError,
  NodeAnswerError,
  NodeBodyTooLargeError,
  NodeContentMismatchError,
  NodeNotFoundError,
  NodeRefusedError,
  NodeTimeoutError,
  NodeUnreachableError,
  OrderUnreadableError,
  RequestEndedError,
  RequestNotFoundError,
  ResultNotFoundError,
  RpcFailedError,
  SigningFailedError,
  TransactionPendingError,
  TransactionReplacedError,
  TransactionRevertedError,
  UnknownRevertError,
  WaitTimeoutError,
} from "./errors.ts";
export type { MarketEvent } from "./events.ts";
export type { LogSearchOptions } from "./logs.ts";
export type {
  BatchAnswer,
  BatchOrder,
  ClosingOrder,
  NodeBatchCalls,
  SeatSignature,
} from "./node/batches.ts";
export type { MarketWriteOptions, MarketWriteReturnType } from "./market.ts";
export {
  nodeClient,
  type NodeCallOptions,
  type NodeClient,
  type NodeClientErrorType,
  type NodeClientParameters,
} from "./node/nodeClient.ts";
export type {
  NodeEvidence,
  NodeEvidencePiece,
  NodeHealth,
  NodeInput,
  NodeInputReceipt,
  NodeOrder,
  NodeOrderResult,
  NodeOutput,
  NodeResult,
} from "./node/types.ts";
export type { BroughtOrder, ReadOrdersErrorType } from "./orderCall.ts";
export type { OrderDeployment } from "./orders.ts";
export { decodeRevert, type ReadErrorType } from "./revert.ts";
export type { AssayErrorName } from "./revertHints.ts";
export type { SettlerEvent, SettlerWriteOptions, SettlerWriteReturnType } from "./settler.ts";
export type { SignErrorType, SignOptions } from "./signing.ts";
export type { WriteErrorType, WriteOptions, WriteReturnType } from "./transact.ts";
