// SPDX-License-Identifier: MIT
import type { ContractErrorName } from "viem";

import type { assayErrorsAbi } from "../abi/assayErrors.ts";

/** The name of a custom error that a call can meet. */
export type AssayErrorName = ContractErrorName<typeof assayErrorsAbi>;

/** What a custom error means for the caller and, where there is something to do, how to fix it. */
export const REVERT_HINTS: Partial<Record<AssayErrorName, string>> = {
  // ledger
  AccountZero: "The account is the zero address. Name the account to credit.",
  AmountZero: "The amount is zero.",
  BalanceInsufficient: "The balance in the market is too low. Deposit the difference first.",
  TokenTransferMismatch:
    "The token moved another amount than asked. Only plain ERC-20 tokens work.",
  ReservationActive: "The reservation is still binding. Release it after the date in the error.",
  ReservationDateInvalid:
    "A reservation's date only moves later. Pass the present date or a later one.",
  ReservationTooShort:
    "The order outlives the reservation. Extend `until`, or shorten `deliverBy`.",
  // orders
  SettlerOnly: "Only an appointed settler may do this.",
  ReservationExceeded:
    "No reservation under this signer holds as much. Reserve more, or sign with the key it names.",
  NonceUsed:
    "This nonce was used, or left behind by a later one. Sign the order with the next nonce.",
  NonceTooLarge: "Nonces of orders have 40 bits. Count them for each reservation.",
  OrdersEmpty: "There are no orders. Bring one at least.",
  OrderUnlike:
    "Orders that come together are of one model and data node, and leave no record. Bring it alone.",
  EvidenceWithoutOrder: "There are more pieces of evidence than orders. Pass one for each at most.",
  SignatureInvalid:
    "No enclave of the caller signed these results. Sign the digests of all TEE orders without evidence.",
  ClaimHidden:
    "A contract cannot bring a claim without a record. Use an account without code, or open the request.",
  ClaimsUnknown: "There are no claims under this root. Take all four values from `findClaim`.",
  ClaimsExist: "The same claim is there already: its client signed it under two keys.",
  ClaimsOpen: "Claims can still be challenged. Finalize them after the end in the error.",
  ClaimsClosed: "The window of these claims has closed. They can only be finalized.",
  ClaimNotIncluded: "The proof does not lead from this claim to the root. Check result and leaves.",
  // batches
  BatchDataNodeInvalid: "The data node is not active. Name an active one, or none.",
  BatchFaulty: "A fault was shown in this batch. It waits for its window.",
  BatchParametersInvalid: "The response window or the demand bond is zero.",
  BatchStateMismatch: "The batch is not in a state that admits this call. Read `batchOf` first.",
  BatchUnknown: "No batch has this header. Take it from `BatchPosted`, unchanged.",
  BatchWindowClosed: "The window of this batch has closed. It can only be finalized.",
  BatchWindowOpen: "The batch can still be challenged. Finalize it after the end in the error.",
  ChannelActive:
    "The channel is still binding. Release it after the date in the error, or ask the node to close it.",
  ChannelCountMismatch: "The channel has another count. Sign or claim from the count in the error.",
  ChannelDateInvalid:
    "A channel's date only moves later. Pass the date in the error or a later one.",
  ChannelEmpty: "Nothing is left in this channel.",
  ChannelExpired: "The channel's date has passed, or its client named another signer.",
  ChargeAboveDeposit:
    "The channel holds less than the voucher charges. Ask the client to add to it.",
  ChargeAboveMaximum: "The client allowed less than the voucher charges. Ask for a newer voucher.",
  ChargeMismatch: "The channel has charged another sum. Claim from the sum in the error.",
  ClaimUncovered:
    "The batch holds less than this claim needs: its sums are wrong. Challenge those.",
  ClosingSignatureInvalid: "The node did not sign this closing, for this count and date.",
  CommitteePending:
    "The committee is drawn by a later block. Call again after the block in the error.",
  CommitteeUnreachable:
    "The block that draws the committee is too old. The batch waits for its window.",
  CountersignatureInvalid: "This seat's verification node did not sign the batch.",
  DemandAnswered: "The receipt was shown. Its bond belongs to who showed it.",
  DemandClosed: "The time to show this receipt is over.",
  DemandExists: "This receipt is asked for already.",
  DemandMissing: "Nobody asked for this receipt.",
  DemandOpen: "The receipt can still be shown. Call again after the date in the error.",
  FaultCommitmentExists: "This commitment was made before. Use another salt.",
  FaultUncommitted: "Commit to the fault in an earlier block, with the same salt.",
  FaultUnproven: "These receipts do not show this fault.",
  NothingCovered:
    "Nothing in this batch is proven, or its signers can lose nothing more. It waits for its window.",
  OpeningsMismatch: "These are not the receipts that this fault needs, by their positions.",
  PartRefused: "The voucher of this receipt was refused: nothing of it was charged.",
  PartMismatch:
    "This is not the batch's part at this position. Make all parts from its vouchers, in their order.",
  PledgeInsufficient:
    "Less than this is pledged and free. Pledge more, or wait until batches are over.",
  PostingLate: "The date in the posting has passed. Make the batch anew.",
  ProvenChargeAboveCharge:
    "More is called proven than the vouchers charge. Sum the receipts again.",
  QuorumMissing: "Four of the five have to sign.",
  ReceiptFaulty: "The receipt has a fault of its own. Show that instead.",
  ReceiptNotFinal: "The batch has not made this receipt final yet.",
  ReceiptNotIncluded: "The batch does not have this receipt at this position.",
  ReceiptProven: "The receipt has evidence: only claims are extracted.",
  ReceiptRelianceMismatch:
    "The receipt is below what is relied on: model, input, evidence or declared value.",
  ReceiptVoid: "The receipt is void already.",
  RunInvalid: "The first position is behind the last, or the run leaves the batch.",
  SeatInvalid: "Seats rise, and a committee has five.",
  SignerStakeInsufficient:
    "This verification node can lose nothing more. Bring the signatures of others.",
  SignerZero: "The signer is the zero address. Name a key.",
  SignersMismatch: "These are not who countersigned the batch, in their order.",
  VoucherRangeInvalid: "A voucher claims one request at least, and charges do not fall.",
  VouchersAllRefused:
    "No voucher of the batch holds. Read `VoucherRefused` of a simulation for the reasons.",
  // request
  ClientMismatch: "Only the client that the request names may do this. Use the client's account.",
  NodeMismatch:
    "Another node is named or assigned. Use the node's account, and name it in the result.",
  RequestExists: "This request was opened before. Change its nonce to order again.",
  StateMismatch: "The request is not in a state that admits this call. Read its record first.",
  ResultMismatch: "Another result was delivered. Find it with `findResult`.",
  TransitionForbidden: "The request cannot move to that state. Read its record first.",
  DeadlinesInvalid: "The deadlines are out of order or too close. Use `defaultDeadlines`.",
  DeadlinePassed: "The deadline has passed. Look at the request's state for what is possible now.",
  DeadlinePending: "It is too early. Call again once the deadline has passed.",
  RequiredEvidenceInvalid: "Only ZKML and TEE can be required. Leave the set empty for VANILLA.",
  DataNodeInvalid:
    "Data node and data commitment come together. Set both or none, and an active node.",
  DeclaredValueAboveCap:
    "The declared value is above the model's cap. Lower it, or use another model.",
  CallbackGasAboveCap: "The callback gas is above the market's cap. Lower `callbackGas`.",
  AssignmentRequired:
    "The request names no node: accept it first, or bring evidence that is final.",
  UnitsMismatch: "The model charges a fixed number of units. Put that number in the result.",
  // evidence
  EvidenceInvalid: "The evidence does not prove this result. Check node, output, units and key.",
  EvidencePresent: "This kind of evidence is on chain already. Nothing is left to do.",
  EvidenceKindInvalid: "This kind of evidence does not fit here. A claim carries no bytes.",
  EvidenceInsufficient: "The evidence is less than what is required. Bring the missing kind.",
  PathUnavailable: "The model has no such path now. Choose a path that the model offers.",
  // windows and settlement
  WindowClosed: "The challenge window has closed. The result can only be finalised.",
  WindowOpen: "The challenge window is still open. Finalise once it has closed.",
  WindowNotStarted: "Required evidence is missing, so that no window runs. Prove the result first.",
  GasTooLow: "The gas limit is too low for the consumer's callback. Raise `gas`.",
  ConsumerMissing: "The request names no consumer. Use `fulfil` or `fulfilOrder`.",
  VerificationGasTooLow: "The gas limit is too low to verify the evidence. Raise `gas`.",
  OutputMismatch: "The output bytes are not those that the result commits to.",
  NotFinal: "The request is not final. Wait for it with `waitForFinal`.",
  RelianceMismatch: "The request is final with less than what is relied on. Do not use it.",
  CourtOnly: "Only the dispute court may call this.",
  CourtMissing: "No court was appointed. The market admits nothing before.",
  CourtAlreadyAppointed: "The court was appointed before, once and for ever.",
  FeeSharesInvalid: "The fee shares are more than the whole fee. Lower the parameters.",
  MaxFeeTooHigh: "The maximum fee does not fit: at most 2^96 - 1 token units.",
  PoolEmpty: "No verification share waits in the pool of this node.",
  PoolDrawPending: "The block that draws who gets the pool is not mined yet. Wait for it.",
  MarketWindowZero: "A window is zero. Deploy with windows of at least one second.",
  // nodes
  NodeAlreadyRegistered: "The address is registered. One address has one role, for ever.",
  NodeNotRegistered: "The address is no registered node. Register it first.",
  NodeInactive: "The node has retired. Use another address.",
  RoleInvalid: "NONE is no role. Register for inference, verification or data.",
  RoleMismatch: "The node has another role than this call needs. Use a node of that role.",
  OperatorApprovalMissing:
    "The operator did not approve this node. Call `approveNode` as operator.",
  PayoutZero: "The payout address is zero. Name where earnings are credited.",
  StakeTooLow: "The stake is below the minimum. Add stake.",
  AwardMissing: "Nothing of slashed stake is awarded to this account.",
  StakeInsufficient: "The free stake is too low. Add stake, or opt out of a model.",
  ModelStakeInsufficient:
    "What the node opted in for this model is too low or locked. Opt in with more.",
  ModelStakeRemaining: "The node still serves models. Opt out of all of them first.",
  UnbondingPending: "The stake is still unbonding. Withdraw it after the date in the error.",
  StakeTransferMismatch:
    "The token moved another amount than asked. Only plain ERC-20 tokens work.",
  AppointmentMissing:
    "The node registry did not appoint this contract. Its deployer appoints market and court, once.",
  AppointmentRepeated: "The contracts were appointed before, once and for ever.",
  UnbondingPeriodTooShort:
    "The unbonding period is shorter than the longest claim. Deploy with more.",
  RecoveryAboveSlash: "More would be recovered than is slashed.",
  // models and keys
  ModelAlreadyRegistered: "This very version is registered. Use its id.",
  ModelUnknown: "No model has this id. Register it, or check the id.",
  ModelPathsInvalid: "The set of paths is empty or unknown. Use `pathsToSet`.",
  ModelPublisherMismatch: "Only the model's publisher may do this. Use the publisher's account.",
  ModelKeyMismatch: "A model has a verifying key exactly when ZKML is one of its paths.",
  ModelKeyUnknown: "The verifying key is not registered. Call `registerKey` first.",
  ModelBondZero: "A bonded claim needs a bond. Give the model one.",
  ModelUnitsZero:
    "A proof does not judge metered units. Fix the units per inference, or drop ZKML.",
  KeyAlreadyRegistered: "The verifying key is registered. Use its id.",
  KeyBound: "The model's key was bound before, once and for ever.",
  KeyUnknown: "No verifying key has this id. Register it first.",
  KeyDevelopmentRefused: "A development key is worth nothing on this chain. Run a real ceremony.",
  KeyDevelopmentUnmarked: "The key comes from the development ceremony and must say so.",
  KeyWithoutPhase2: "The key has no phase-2 contribution: anybody could forge. Contribute once.",
  KeySignalsInvalid: "The key has a wrong number of points for its signals.",
  KeyPointInvalid: "A point of the key is not on its curve. Export the key again.",
  SignalCountMismatch: "The proof has another number of signals than the key.",
  BatchEmpty: "There are no proofs in the batch. Verify one or more.",
  SignalAliased: "A signal is not below the field's order. Reduce it first.",
  // enclaves
  MeasurementNotAllowed: "The measurement is not allowed for this model (yet). Wait for its delay.",
  MeasurementAlreadyAllowed: "The measurement was allowed before.",
  MeasurementsTooMany: "The model has as many measurements as it may have. Revoke one first.",
  MeasurementZero: "The measurement is zero, as debug enclaves have it. Use a production enclave.",
  EnclaveKeyZero: "The enclave key is the zero address.",
  EnclaveKeyUsed: "This key was proposed before. An enclave makes a new key at each boot.",
  EnclaveKeyUnknown: "No document was admitted for this key.",
  EnclaveKeyAlreadyRevoked: "The key was revoked before.",
  EnclaveExpiryInvalid: "The expiry is past or too far away. A key lives 24 h at most.",
  DocumentEmpty: "The attestation document is empty.",
  PossessionUnproved: "The key did not sign the possession digest. Sign it inside the enclave.",
  AdmissionUnknown: "No document was proposed under this id.",
  AdmissionClosed: "The verdict on this document was reached before.",
  RegistrarIneligible: "Only active verification nodes of other operators may vote.",
  RegistrarVoted: "A node of the same operator has voted.",
  RevocationForbidden: "Only the key's node or its operator may revoke it at once.",
  KeyLifeInvalid: "An enclave key lives from one second to 24 h. Deploy with such a life.",
  MeasurementDebug: "The measurement is that of a debug enclave. Use a production enclave.",
  QuorumZero: "The quorum is zero. Deploy with at least one registrar.",
  // disputes
  ChallengeUncommitted: "The challenge must be committed in an earlier block. Wait for one block.",
  ChallengeCommitmentExists: "This challenge was committed before. Use another salt.",
  ChallengeClaimEqual: "The challenge claims what the node claims.",
  ChallengeBySelf: "A node cannot challenge itself.",
  CourtParametersInvalid: "The court's windows do not fit the market's, or its jury is even.",
  DisputeUnknown: "The request has no dispute.",
  DisputeDecided: "The dispute has its verdict.",
  ArbiterMismatch: "Another arbiter decides this dispute. Read it with `getDispute`.",
  DecidingEvidenceInvalid: "The evidence proves no result of this request.",
  DisputeDeadlinePassed: "This stage of the dispute is over.",
  DisputeDeadlinePending: "This stage of the dispute is not over yet.",
  JuryAlreadyDrawn: "The jury was drawn before.",
  JuryNotDrawn: "The jury was not drawn yet. Call `drawJury` first.",
  JurySeedPending: "The block that draws the jury is not mined yet. Wait for it.",
  JurySeedUnreachable: "The seed block is too old to draw from. Conclude the dispute.",
  JurorNotDrawn: "Only drawn jurors vote.",
  VoteAlreadyCommitted: "This juror committed its vote before.",
  VoteUncommitted: "This juror committed no vote in time.",
  VoteAlreadyRevealed: "This juror revealed its vote before.",
  VoteMismatch: "The vote is not the one committed to. Reveal output, units and salt as committed.",
  // OpenZeppelin
  ERC20InsufficientAllowance:
    "The token allowance is too low. Approve first, or `approveAndDeposit`.",
  ERC20InsufficientBalance: "The account has too few tokens.",
  ERC2612ExpiredSignature: "The permit has expired. Sign a new one.",
  ERC2612InvalidSigner: "The permit is signed by another account.",
  EnforcedPause: "The contract is paused: it admits nothing new. Refunds and withdrawals work.",
  OwnableUnauthorizedAccount: "Only the contract's owner may do this.",
  ReentrancyGuardReentrantCall: "The call re-entered the contract.",
  SafeERC20FailedOperation: "The token refused the transfer. Check balance and allowance.",
};

/** What Solidity itself reverts with. */
const BUILT_IN = {
  Error: "The contract gave its reason as text.",
  Panic: "The contract met a bug or an overflow. Report it with the transaction.",
};

/** A sentence for any error name; an unlisted one is taken apart into its words. */
export function hintFor(errorName: string): string {
  const hints: Record<string, string | undefined> = { ...REVERT_HINTS, ...BUILT_IN };
  if (Object.hasOwn(hints, errorName)) return hints[errorName] ?? errorName;
  const words = errorName.replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2").toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
