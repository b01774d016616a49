// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { accept } from "../actions/accept.ts";
import { addStake } from "../actions/addStake.ts";
import { allowMeasurement } from "../actions/allowMeasurement.ts";
import { approveAndDeposit } from "../actions/approveAndDeposit.ts";
import { approveNode } from "../actions/approveNode.ts";
import { beginUnbonding } from "../actions/beginUnbonding.ts";
import { bindKey } from "../actions/bindKey.ts";
import { cancel } from "../actions/cancel.ts";
import { challenge } from "../actions/challenge.ts";
import { challengeReceipt } from "../actions/challengeReceipt.ts";
import { closeChannel } from "../actions/closeChannel.ts";
import { collect } from "../actions/collect.ts";
import { collectAll } from "../actions/collectAll.ts";
import { collectSigner } from "../actions/collectSigner.ts";
import { commitChallenge } from "../actions/commitChallenge.ts";
import { commitFault } from "../actions/commitFault.ts";
import { commitVote } from "../actions/commitVote.ts";
import { conclude } from "../actions/conclude.ts";
import { countersignBatch } from "../actions/countersignBatch.ts";
import { decide } from "../actions/decide.ts";
import { demandReceipt } from "../actions/demandReceipt.ts";
import { deposit } from "../actions/deposit.ts";
import { depositWithAuthorization } from "../actions/depositWithAuthorization.ts";
import { depositWithPermit } from "../actions/depositWithPermit.ts";
import { drawJury } from "../actions/drawJury.ts";
import { extractClaim } from "../actions/extractClaim.ts";
import { extractReceipt } from "../actions/extractReceipt.ts";
import { finalize } from "../actions/finalize.ts";
import { finalizeBatch } from "../actions/finalizeBatch.ts";
import { finalizeClaims } from "../actions/finalizeClaims.ts";
import { fulfil } from "../actions/fulfil.ts";
import { fulfilAndCall } from "../actions/fulfilAndCall.ts";
import { fulfilOrder } from "../actions/fulfilOrder.ts";
import { fulfilOrderAndCall } from "../actions/fulfilOrderAndCall.ts";
import { fulfilOrders } from "../actions/fulfilOrders.ts";
import { fundChannel } from "../actions/fundChannel.ts";
import { judgeDocument } from "../actions/judgeDocument.ts";
import { judgeRevocation } from "../actions/judgeRevocation.ts";
import { lapseReceipts } from "../actions/lapseReceipts.ts";
import { openRequest } from "../actions/openRequest.ts";
import { optIn } from "../actions/optIn.ts";
import { optOut } from "../actions/optOut.ts";
import { payPool } from "../actions/payPool.ts";
import { pledge } from "../actions/pledge.ts";
import { postBatch } from "../actions/postBatch.ts";
import { proposeDocument } from "../actions/proposeDocument.ts";
import { prove } from "../actions/prove.ts";
import { refund } from "../actions/refund.ts";
import { registerKey } from "../actions/registerKey.ts";
import { registerModel } from "../actions/registerModel.ts";
import { registerNode } from "../actions/registerNode.ts";
import { release } from "../actions/release.ts";
import { releaseChannel } from "../actions/releaseChannel.ts";
import { rescue } from "../actions/rescue.ts";
import { reserve } from "../actions/reserve.ts";
import { retire } from "../actions/retire.ts";
import { revealReceipt } from "../actions/revealReceipt.ts";
import { revealVote } from "../actions/revealVote.ts";
import { revokeKey } from "../actions/revokeKey.ts";
import { revokeMeasurement } from "../actions/revokeMeasurement.ts";
import { setEndpoint } from "../actions/setEndpoint.ts";
import { setPayout } from "../actions/setPayout.ts";
import { signBatchRequest } from "../actions/signBatchRequest.ts";
import { signClosing } from "../actions/signClosing.ts";
import { signCountersignature } from "../actions/signCountersignature.ts";
import { signDeposit } from "../actions/signDeposit.ts";
import { signOrder } from "../actions/signOrder.ts";
import { signResult } from "../actions/signResult.ts";
import { signVoucher } from "../actions/signVoucher.ts";
import { unpledge } from "../actions/unpledge.ts";
import { withdraw } from "../actions/withdraw.ts";
import { withdrawAward } from "../actions/withdrawAward.ts";
import { withdrawStake } from "../actions/withdrawStake.ts";
import type { Bound, BoundDeployment } from "./bound.ts";

/** The writing and signing actions of a client that is extended by {@link walletAssayActions}. */
export type WalletAssayActions = {
  /** Credits an account in the market with tokens of the caller, who must have approved the market. */
  deposit: Bound<typeof deposit>;
  /** Approves the market for exactly the amount, unless enough is approved already, and deposits it. */
  approveAndDeposit: Bound<typeof approveAndDeposit>;
  /** Deposits in one transaction, with an ERC-2612 permit instead of an approval. */
  depositWithAuthorization: Bound<typeof depositWithAuthorization>;
  depositWithPermit: Bound<typeof depositWithPermit>;
  /** Pays part of the caller's balance in the market out. */
  withdraw: Bound<typeof withdraw>;
  /** Sets part of the caller's balance aside for orders that one node will bring, signed by one key. */
  reserve: Bound<typeof reserve>;
  /** Returns what is left of a reservation to the caller's balance, once its date and the longest order have passed. */
  release: Bound<typeof release>;
  /** Moves what a node earned at one contract to the balance of its payout address. */
  collect: Bound<typeof collect>;
  /** Moves what a node earned, wherever it did, to the balance of its payout address. */
  collectAll: Bound<typeof collectAll>;
  /** Pays the verification shares of a node's requests to the verification node drawn for them. */
  payPool: Bound<typeof payPool>;
  /** Opens a request and escrows its `maxFee` from the caller's balance in the market. */
  openRequest: Bound<typeof openRequest>;
  /** Signs a deposit that anybody may bring. */
  signDeposit: Bound<typeof signDeposit>;
  /** Signs a request off chain, to be brought by its node together with the result. */
  signOrder: Bound<typeof signOrder>;
  /** Ends a request that nobody accepted yet. */
  cancel: Bound<typeof cancel>;
  /** Accepts a request as its node: states that the node holds the input, and locks its bond. */
  accept: Bound<typeof accept>;
  /** Signs a result as its node, so that whoever holds the answer can hold the node to it. */
  signResult: Bound<typeof signResult>;
  /** Delivers the result of an open or accepted request, with its proof or with a bonded claim to be proved later. */
  fulfil: Bound<typeof fulfil>;
  /** Brings a signed order together with its result. */
  fulfilOrder: Bound<typeof fulfilOrder>;
  /** Brings a signed order that is final at once, and calls its consumer with the output, all or nothing. */
  fulfilOrderAndCall: Bound<typeof fulfilOrderAndCall>;
  /** Brings many signed orders of one model together; one that fails is skipped. */
  fulfilOrders: Bound<typeof fulfilOrders>;
  /** Pays the claims under a root whose window has closed. */
  finalizeClaims: Bound<typeof finalizeClaims>;
  /** Gives a claim a record of its own in the market, where it can be challenged. */
  extractClaim: Bound<typeof extractClaim>;
  /** Settles a result that is final at once and calls the request's consumer with the output, all or nothing. */
  fulfilAndCall: Bound<typeof fulfilAndCall>;
  /** Fulfils a request whose node is late, with evidence that names the caller. */
  rescue: Bound<typeof rescue>;
  /** Adds evidence to a delivered result. */
  prove: Bound<typeof prove>;
  /** Pays a claim whose window has closed unchallenged. */
  finalize: Bound<typeof finalize>;
  /** Refunds the client of a request that can no longer be served. */
  refund: Bound<typeof refund>;
  /** Commits to a challenge, so that nobody copies it from the mempool. */
  commitChallenge: Bound<typeof commitChallenge>;
  /** Opens a challenge that was committed in an earlier block. */
  challenge: Bound<typeof challenge>;
  /** Brings deciding evidence to a dispute: if it proves the node's output and units the claim is upheld, else rejected. */
  decide: Bound<typeof decide>;
  /** Draws the jury of a dispute once its seed block is mined. */
  drawJury: Bound<typeof drawJury>;
  /** Commits a juror's vote. */
  commitVote: Bound<typeof commitVote>;
  /** Opens a juror's vote: what it computed from the input. */
  revealVote: Bound<typeof revealVote>;
  /** Ends a dispute whose timers have run out, by its default or by the majority of its jury. */
  conclude: Bound<typeof conclude>;
  /** Registers the caller as a node and puts its stake down. */
  registerNode: Bound<typeof registerNode>;
  /** Allows or forbids a node to register with the caller as its operator. */
  approveNode: Bound<typeof approveNode>;
  /** Changes the caller's payout address. */
  setPayout: Bound<typeof setPayout>;
  /** Changes where the caller's HTTP service is found. */
  setEndpoint: Bound<typeof setEndpoint>;
  /** Adds to the stake of a node, paid by the caller. */
  addStake: Bound<typeof addStake>;
  /** Puts free stake of the caller at risk for a model version, so that it may serve it. */
  optIn: Bound<typeof optIn>;
  /** Takes stake of a model version back to free stake. */
  optOut: Bound<typeof optOut>;
  /** Starts the unbonding of free stake. */
  beginUnbonding: Bound<typeof beginUnbonding>;
  /** Retires the caller for good: it gets no new work, and its free stake unbonds. */
  retire: Bound<typeof retire>;
  /** Withdraws what has unbonded. */
  withdrawAward: Bound<typeof withdrawAward>;
  withdrawStake: Bound<typeof withdrawStake>;
  /** Registers an immutable version of a model. */
  registerModel: Bound<typeof registerModel>;
  /** Checks and stores a Groth16 verifying key. */
  bindKey: Bound<typeof bindKey>;
  registerKey: Bound<typeof registerKey>;
  /** Allows an enclave measurement for a model. */
  allowMeasurement: Bound<typeof allowMeasurement>;
  /** Revokes a measurement at once, with all keys that have it. */
  revokeMeasurement: Bound<typeof revokeMeasurement>;
  /** Proposes an enclave's attestation document for the caller, an active inference node. */
  proposeDocument: Bound<typeof proposeDocument>;
  /** A registrar's verdict on a proposed document. */
  judgeDocument: Bound<typeof judgeDocument>;
  /** Revokes an enclave key at once. */
  revokeKey: Bound<typeof revokeKey>;
  /** A registrar's vote to revoke an enclave key. */
  judgeRevocation: Bound<typeof judgeRevocation>;
  /** Shows a fault that the caller committed to in an earlier block: the receipt is void and its client made whole. */
  challengeReceipt: Bound<typeof challengeReceipt>;
  /** Returns what batches did not charge to the channel's client at once, since its node signed that it claims nothing more. */
  closeChannel: Bound<typeof closeChannel>;
  /** Moves what a node's batches earned to the balance of its payout address. Anyone may do it. */
  /** Moves what a verification node earned by countersigning to the balance of its payout address. Anyone may do it. */
  collectSigner: Bound<typeof collectSigner>;
  /** Commits to a fault, so that nobody copies it from the mempool. Show it in a later block by {@link challengeReceipt}. */
  commitFault: Bound<typeof commitFault>;
  /** Brings the signatures of a quorum of the batch's committee, and pays what is proven as far as the signers cover it. */
  countersignBatch: Bound<typeof countersignBatch>;
  /** Asks for a receipt that its node withholds, for a bond that goes to who shows it. The batch waits for it. */
  demandReceipt: Bound<typeof demandReceipt>;
  /** Gives a claim a record of its own at the market, where it can be disputed and proved. It leaves the batch with its charge */
  extractReceipt: Bound<typeof extractReceipt>;
  /** Pays what is left of a batch when its window has closed and no receipt is asked for. Anyone may call it. */
  finalizeBatch: Bound<typeof finalizeBatch>;
  /** Opens a channel to a node, or adds to it: moves part of the caller's balance at the market into it. */
  fundChannel: Bound<typeof fundChannel>;
  /** Voids receipts that were asked for and that nobody showed in time: their client is made whole. */
  lapseReceipts: Bound<typeof lapseReceipts>;
  /** Locks stake that the caller opted in for a model behind its batches. */
  pledge: Bound<typeof pledge>;
  /** Posts the root of the caller's receipts with the vouchers that it claims. A voucher that does not hold is refused by itself. */
  postBatch: Bound<typeof postBatch>;
  /** Returns what batches did not charge to the caller's balance, once the channel's date and the longest order have passed. */
  releaseChannel: Bound<typeof releaseChannel>;
  /** Shows a receipt that is asked for, and earns the bond of who asked. Anyone may. */
  revealReceipt: Bound<typeof revealReceipt>;
  /** Signs a request off chain, to be settled in a batch of its node. The signer is the one that the client's channel names. */
  signBatchRequest: Bound<typeof signBatchRequest>;
  /** Signs, as a channel's node, that it claims no more than the chain has. Warning: serve nothing more on the channel before its */
  signClosing: Bound<typeof signClosing>;
  /** Signs a batch as a verification node of its committee, which holds all of its receipts and has checked them. */
  signCountersignature: Bound<typeof signCountersignature>;
  /** Signs what a node may charge for the first `count` requests of a channel. A later voucher stands in for all before it. */
  signVoucher: Bound<typeof signVoucher>;
  /** Unlocks pledged stake that no open batch can cost. */
  unpledge: Bound<typeof unpledge>;
};

/**
 * Adds the writing and signing actions to a viem client, bound to one deployment.
 *
 * @example
 * const client = createWalletClient({ account, chain, transport: http() }).extend(
 *   walletAssayActions({ deployment }),
 * );
 * const { id } = await client.openRequest({ request });
 */
export function walletAssayActions({ deployment }: BoundDeployment) {
  return (client: Client): WalletAssayActions => ({
    deposit: (parameters) => deposit(client, { ...parameters, deployment }),
    approveAndDeposit: (parameters) => approveAndDeposit(client, { ...parameters, deployment }),
    depositWithAuthorization: (parameters) =>
      depositWithAuthorization(client, { ...parameters, deployment }),
    depositWithPermit: (parameters) => depositWithPermit(client, { ...parameters, deployment }),
    withdraw: (parameters) => withdraw(client, { ...parameters, deployment }),
    reserve: (parameters) => reserve(client, { ...parameters, deployment }),
    release: (parameters) => release(client, { ...parameters, deployment }),
    collect: (parameters) => collect(client, { ...parameters, deployment }),
    collectAll: (parameters) => collectAll(client, { ...parameters, deployment }),
    payPool: (parameters) => payPool(client, { ...parameters, deployment }),
    openRequest: (parameters) => openRequest(client, { ...parameters, deployment }),
    signDeposit: (parameters) => signDeposit(client, { ...parameters, deployment }),
    signOrder: (parameters) => signOrder(client, { ...parameters, deployment }),
    cancel: (parameters) => cancel(client, { ...parameters, deployment }),
    accept: (parameters) => accept(client, { ...parameters, deployment }),
    signResult: (parameters) => signResult(client, { ...parameters, deployment }),
    fulfil: (parameters) => fulfil(client, { ...parameters, deployment }),
    fulfilOrder: (parameters) => fulfilOrder(client, { ...parameters, deployment }),
    fulfilOrderAndCall: (parameters) => fulfilOrderAndCall(client, { ...parameters, deployment }),
    fulfilOrders: (parameters) => fulfilOrders(client, { ...parameters, deployment }),
    finalizeClaims: (parameters) => finalizeClaims(client, { ...parameters, deployment }),
    extractClaim: (parameters) => extractClaim(client, { ...parameters, deployment }),
    fulfilAndCall: (parameters) => fulfilAndCall(client, { ...parameters, deployment }),
    rescue: (parameters) => rescue(client, { ...parameters, deployment }),
    prove: (parameters) => prove(client, { ...parameters, deployment }),
    finalize: (parameters) => finalize(client, { ...parameters, deployment }),
    refund: (parameters) => refund(client, { ...parameters, deployment }),
    commitChallenge: (parameters) => commitChallenge(client, { ...parameters, deployment }),
    challenge: (parameters) => challenge(client, { ...parameters, deployment }),
    decide: (parameters) => decide(client, { ...parameters, deployment }),
    drawJury: (parameters) => drawJury(client, { ...parameters, deployment }),
    commitVote: (parameters) => commitVote(client, { ...parameters, deployment }),
    revealVote: (parameters) => revealVote(client, { ...parameters, deployment }),
    conclude: (parameters) => conclude(client, { ...parameters, deployment }),
    registerNode: (parameters) => registerNode(client, { ...parameters, deployment }),
    approveNode: (parameters) => approveNode(client, { ...parameters, deployment }),
    setPayout: (parameters) => setPayout(client, { ...parameters, deployment }),
    setEndpoint: (parameters) => setEndpoint(client, { ...parameters, deployment }),
    addStake: (parameters) => addStake(client, { ...parameters, deployment }),
    optIn: (parameters) => optIn(client, { ...parameters, deployment }),
    optOut: (parameters) => optOut(client, { ...parameters, deployment }),
    beginUnbonding: (parameters) => beginUnbonding(client, { ...parameters, deployment }),
    retire: (parameters) => retire(client, { ...parameters, deployment }),
    withdrawAward: (parameters) => withdrawAward(client, { ...parameters, deployment }),
    withdrawStake: (parameters) => withdrawStake(client, { ...parameters, deployment }),
    registerModel: (parameters) => registerModel(client, { ...parameters, deployment }),
    bindKey: (parameters) => bindKey(client, { ...parameters, deployment }),
    registerKey: (parameters) => registerKey(client, { ...parameters, deployment }),
    allowMeasurement: (parameters) => allowMeasurement(client, { ...parameters, deployment }),
    revokeMeasurement: (parameters) => revokeMeasurement(client, { ...parameters, deployment }),
    proposeDocument: (parameters) => proposeDocument(client, { ...parameters, deployment }),
    judgeDocument: (parameters) => judgeDocument(client, { ...parameters, deployment }),
    revokeKey: (parameters) => revokeKey(client, { ...parameters, deployment }),
    judgeRevocation: (parameters) => judgeRevocation(client, { ...parameters, deployment }),
    challengeReceipt: (parameters) => challengeReceipt(client, { ...parameters, deployment }),
    closeChannel: (parameters) => closeChannel(client, { ...parameters, deployment }),
    collectSigner: (parameters) => collectSigner(client, { ...parameters, deployment }),
    commitFault: (parameters) => commitFault(client, { ...parameters, deployment }),
    countersignBatch: (parameters) => countersignBatch(client, { ...parameters, deployment }),
    demandReceipt: (parameters) => demandReceipt(client, { ...parameters, deployment }),
    extractReceipt: (parameters) => extractReceipt(client, { ...parameters, deployment }),
    finalizeBatch: (parameters) => finalizeBatch(client, { ...parameters, deployment }),
    fundChannel: (parameters) => fundChannel(client, { ...parameters, deployment }),
    lapseReceipts: (parameters) => lapseReceipts(client, { ...parameters, deployment }),
    pledge: (parameters) => pledge(client, { ...parameters, deployment }),
    postBatch: (parameters) => postBatch(client, { ...parameters, deployment }),
    releaseChannel: (parameters) => releaseChannel(client, { ...parameters, deployment }),
    revealReceipt: (parameters) => revealReceipt(client, { ...parameters, deployment }),
    signBatchRequest: (parameters) => signBatchRequest(client, { ...parameters, deployment }),
    signClosing: (parameters) => signClosing(client, { ...parameters, deployment }),
    signCountersignature: (parameters) =>
      signCountersignature(client, { ...parameters, deployment }),
    signVoucher: (parameters) => signVoucher(client, { ...parameters, deployment }),
    unpledge: (parameters) => unpledge(client, { ...parameters, deployment }),
  });
}
