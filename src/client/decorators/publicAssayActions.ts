// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { findClaim } from "../actions/findClaim.ts";
import { findRequest } from "../actions/findRequest.ts";
import { findResult } from "../actions/findResult.ts";
import { getAdmission } from "../actions/getAdmission.ts";
import { getAward } from "../actions/getAward.ts";
import { getBatch } from "../actions/getBatch.ts";
import { getBatchEvents } from "../actions/getBatchEvents.ts";
import { getBatchParameters } from "../actions/getBatchParameters.ts";
import { getChallengeCommitment } from "../actions/getChallengeCommitment.ts";
import { getChannel } from "../actions/getChannel.ts";
import { getChecker } from "../actions/getChecker.ts";
import { getClaims } from "../actions/getClaims.ts";
import { getCommittee } from "../actions/getCommittee.ts";
import { getCourtParameters } from "../actions/getCourtParameters.ts";
import { getDispute } from "../actions/getDispute.ts";
import { getDocumentChallenge } from "../actions/getDocumentChallenge.ts";
import { getEarnings } from "../actions/getEarnings.ts";
import { getEnclaveKey } from "../actions/getEnclaveKey.ts";
import { getEndpoint } from "../actions/getEndpoint.ts";
import { getFaultCommitment } from "../actions/getFaultCommitment.ts";
import { getFinalAt } from "../actions/getFinalAt.ts";
import { getJurors } from "../actions/getJurors.ts";
import { getLedgerBalance } from "../actions/getLedgerBalance.ts";
import { getModel } from "../actions/getModel.ts";
import { getModelStake } from "../actions/getModelStake.ts";
import { getNode } from "../actions/getNode.ts";
import { getParameters } from "../actions/getParameters.ts";
import { getPledge } from "../actions/getPledge.ts";
import { getPossessionDigest } from "../actions/getPossessionDigest.ts";
import { getRequestEvents } from "../actions/getRequestEvents.ts";
import { getRequestRecord } from "../actions/getRequestRecord.ts";
import { getReservation } from "../actions/getReservation.ts";
import { getSigner } from "../actions/getSigner.ts";
import { getStatus } from "../actions/getStatus.ts";
import { getVoteCommitment } from "../actions/getVoteCommitment.ts";
import { isKeyLive } from "../actions/isKeyLive.ts";
import { isMeasurementAllowed } from "../actions/isMeasurementAllowed.ts";
import { isReceiptVoid } from "../actions/isReceiptVoid.ts";
import { isServing } from "../actions/isServing.ts";
import { requireFinal } from "../actions/requireFinal.ts";
import { requireFinalReceipt } from "../actions/requireFinalReceipt.ts";
import { waitForFinal } from "../actions/waitForFinal.ts";
import { watchStatus } from "../actions/watchStatus.ts";
import type { Bound, BoundDeployment } from "./bound.ts";

/** The reading actions of a client that is extended by {@link publicAssayActions}. */
export type PublicAssayActions = {
  /** The one word about a request: NONE, PENDING, FINAL, REJECTED or STALE. */
  getStatus: Bound<typeof getStatus>;
  /** Waits until a request is final and returns its record. */
  waitForFinal: Bound<typeof waitForFinal>;
  /** Reports the status of a request until it is terminal. */
  watchStatus: Bound<typeof watchStatus>;
  /** What the market stores of a request. */
  getRequestRecord: Bound<typeof getRequestRecord>;
  /** The request behind an id, from the event that opened it or the transaction that brought its order. */
  findRequest: Bound<typeof findRequest>;
  /** How an order was claimed, and the claims under one root that it is part of. */
  findClaim: Bound<typeof findClaim>;
  /** What was delivered for a request or an order. */
  findResult: Bound<typeof findResult>;
  /** The whole history of a request, oldest first: everything that market, court and order settler emitted about it. */
  getRequestEvents: Bound<typeof getRequestEvents>;
  /** When the delivered claim becomes final unchallenged, unix seconds. */
  getFinalAt: Bound<typeof getFinalAt>;
  /** The output commitment of a final request. */
  requireFinal: Bound<typeof requireFinal>;
  /** What an account has in the market, token units: free to spend, reserve or withdraw. */
  getLedgerBalance: Bound<typeof getLedgerBalance>;
  /** What a client has set aside for one node's orders under one key. */
  getReservation: Bound<typeof getReservation>;
  /** What is left of the claims under a root. */
  getClaims: Bound<typeof getClaims>;
  /** What a node's requests brought in at one contract and nobody has moved yet. */
  getEarnings: Bound<typeof getEarnings>;
  /** Whom `payPool` would pay now; the zero address if nobody. */
  getChecker: Bound<typeof getChecker>;
  /** The windows and shares that the market was deployed with. */
  getParameters: Bound<typeof getParameters>;
  /** The dispute of a request. */
  getDispute: Bound<typeof getDispute>;
  /** The jury of a dispute. */
  getJurors: Bound<typeof getJurors>;
  /** The bonds and windows that the court was deployed with. */
  getCourtParameters: Bound<typeof getCourtParameters>;
  /** What to commit to before a challenge. */
  getChallengeCommitment: Bound<typeof getChallengeCommitment>;
  /** What a juror commits to before it reveals its vote. */
  getVoteCommitment: Bound<typeof getVoteCommitment>;
  /** A registered node. */
  getNode: Bound<typeof getNode>;
  /** Base URL of a node's HTTP service. */
  getEndpoint: Bound<typeof getEndpoint>;
  /** What a node put at risk for a model version, and how much of it backs open requests. */
  getModelStake: Bound<typeof getModelStake>;
  /** Whether the node is an active inference node that opted in to this model version. */
  isServing: Bound<typeof isServing>;
  /** All fields of a model version. */
  getModel: Bound<typeof getModel>;
  /** An enclave key. */
  getEnclaveKey: Bound<typeof getEnclaveKey>;
  /** Whether an enclave key is admitted for node and model, unexpired and unrevoked. */
  isKeyLive: Bound<typeof isKeyLive>;
  /** A proposed attestation document and its votes. */
  getAdmission: Bound<typeof getAdmission>;
  /** Whether an enclave measurement counts for a model now. */
  isMeasurementAllowed: Bound<typeof isMeasurementAllowed>;
  /** The unused challenge that a node's next attestation document must contain. */
  getDocumentChallenge: Bound<typeof getDocumentChallenge>;
  /** What an enclave key signs (raw, 32 bytes) to prove that the proposer holds it. */
  getPossessionDigest: Bound<typeof getPossessionDigest>;
  /** What the settler stores of a batch; `state` is NONE of one that was never posted. */
  getAward: Bound<typeof getAward>;
  getBatch: Bound<typeof getBatch>;
  /** What a node's batches brought in and nobody has moved yet. */
  /** The whole history of a batch, oldest first. The first event has its header. */
  getBatchEvents: Bound<typeof getBatchEvents>;
  /** Bonds and windows that the batch settler was deployed with; they never change. */
  getBatchParameters: Bound<typeof getBatchParameters>;
  /** A client's escrow for a node under one signer, and how much of it batches charged. */
  getChannel: Bound<typeof getChannel>;
  /** The verification nodes whose signatures count for a batch, by seat. Throws `CommitteePending` until the header's block was */
  getCommittee: Bound<typeof getCommittee>;
  /** What to commit to before a fault is shown. */
  getFaultCommitment: Bound<typeof getFaultCommitment>;
  /** What a node pledged for a model, and what open batches can cost of it, as of now. */
  getPledge: Bound<typeof getPledge>;
  /** What a verification node earned by countersigning and did not collect, and what open batches can cost it, as of now. */
  getSigner: Bound<typeof getSigner>;
  /** Whether a receipt of a batch was shown to be faulty, was withheld or left the batch. */
  isReceiptVoid: Bound<typeof isReceiptVoid>;
  /** Throws a `ContractRevertedError` unless the batch made this receipt final with at least what is relied on. */
  requireFinalReceipt: Bound<typeof requireFinalReceipt>;
};

/**
 * Adds the reading actions to a viem client, bound to one deployment.
 *
 * @example
 * const client = createPublicClient({ chain, transport: http() }).extend(
 *   publicAssayActions({ deployment }),
 * );
 * await client.getStatus({ id });
 */
export function publicAssayActions({ deployment }: BoundDeployment) {
  return (client: Client): PublicAssayActions => ({
    getStatus: (parameters) => getStatus(client, { ...parameters, deployment }),
    waitForFinal: (parameters) => waitForFinal(client, { ...parameters, deployment }),
    watchStatus: (parameters) => watchStatus(client, { ...parameters, deployment }),
    getRequestRecord: (parameters) => getRequestRecord(client, { ...parameters, deployment }),
    findClaim: (parameters) => findClaim(client, { ...parameters, deployment }),
    findResult: (parameters) => findResult(client, { ...parameters, deployment }),
    findRequest: (parameters) => findRequest(client, { ...parameters, deployment }),
    getRequestEvents: (parameters) => getRequestEvents(client, { ...parameters, deployment }),
    getFinalAt: (parameters) => getFinalAt(client, { ...parameters, deployment }),
    requireFinal: (parameters) => requireFinal(client, { ...parameters, deployment }),
    getLedgerBalance: (parameters) => getLedgerBalance(client, { ...parameters, deployment }),
    getReservation: (parameters) => getReservation(client, { ...parameters, deployment }),
    getClaims: (parameters) => getClaims(client, { ...parameters, deployment }),
    getEarnings: (parameters) => getEarnings(client, { ...parameters, deployment }),
    getChecker: (parameters) => getChecker(client, { ...parameters, deployment }),
    getParameters: (parameters) => getParameters(client, { ...parameters, deployment }),
    getDispute: (parameters) => getDispute(client, { ...parameters, deployment }),
    getJurors: (parameters) => getJurors(client, { ...parameters, deployment }),
    getCourtParameters: (parameters) => getCourtParameters(client, { ...parameters, deployment }),
    getChallengeCommitment: (parameters) =>
      getChallengeCommitment(client, { ...parameters, deployment }),
    getVoteCommitment: (parameters) => getVoteCommitment(client, { ...parameters, deployment }),
    getNode: (parameters) => getNode(client, { ...parameters, deployment }),
    getEndpoint: (parameters) => getEndpoint(client, { ...parameters, deployment }),
    getModelStake: (parameters) => getModelStake(client, { ...parameters, deployment }),
    isServing: (parameters) => isServing(client, { ...parameters, deployment }),
    getModel: (parameters) => getModel(client, { ...parameters, deployment }),
    getEnclaveKey: (parameters) => getEnclaveKey(client, { ...parameters, deployment }),
    isKeyLive: (parameters) => isKeyLive(client, { ...parameters, deployment }),
    getAdmission: (parameters) => getAdmission(client, { ...parameters, deployment }),
    isMeasurementAllowed: (parameters) =>
      isMeasurementAllowed(client, { ...parameters, deployment }),
    getDocumentChallenge: (parameters) =>
      getDocumentChallenge(client, { ...parameters, deployment }),
    getPossessionDigest: (parameters) => getPossessionDigest(client, { ...parameters, deployment }),
    getAward: (parameters) => getAward(client, { ...parameters, deployment }),
    getBatch: (parameters) => getBatch(client, { ...parameters, deployment }),
    getBatchEvents: (parameters) => getBatchEvents(client, { ...parameters, deployment }),
    getBatchParameters: (parameters) => getBatchParameters(client, { ...parameters, deployment }),
    getChannel: (parameters) => getChannel(client, { ...parameters, deployment }),
    getCommittee: (parameters) => getCommittee(client, { ...parameters, deployment }),
    getFaultCommitment: (parameters) => getFaultCommitment(client, { ...parameters, deployment }),
    getPledge: (parameters) => getPledge(client, { ...parameters, deployment }),
    getSigner: (parameters) => getSigner(client, { ...parameters, deployment }),
    isReceiptVoid: (parameters) => isReceiptVoid(client, { ...parameters, deployment }),
    requireFinalReceipt: (parameters) => requireFinalReceipt(client, { ...parameters, deployment }),
  });
}
