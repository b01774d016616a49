// SPDX-License-Identifier: MIT
import { bytesToHex, type Client, type Hex } from "viem";

import { getModel } from "../client/actions/getModel.ts";
import {
  getRequestEvents,
  type GetRequestEventsErrorType,
} from "../client/actions/getRequestEvents.ts";
import { getRequestRecord } from "../client/actions/getRequestRecord.ts";
import type { Deployment } from "../client/deployment.ts";
import { type RequestEndedError, RequestNotFoundError } from "../client/errors.ts";
import type { LogSearchOptions } from "../client/logs.ts";
import type { NodeClientErrorType } from "../client/node/nodeClient.ts";
import { Evidence } from "../protocol/evidence.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { Receipt, ReceiptEvidence } from "../protocol/receipt.ts";
import { resultIn } from "../protocol/request.ts";
import { State } from "../protocol/state.ts";
import { commitOutput } from "../protocol/typed-data.ts";
import { decodeZkmlEvidence } from "../zkml/evidence.ts";
import { readBlock } from "./chainReads.ts";
import {
  type ChainItemMissingError,
  type EndpointMissingError,
  type EvidenceCallError,
  OutputMismatchError,
  type RequestNotFinalError,
  type WrappedCallError,
} from "./errors.ts";
import { collectEvidence, expectRequestEvent } from "./collectEvidence.ts";
import { type FetchOutput, outputFromNode } from "./signedOutput.ts";
import { explainNotFinal } from "./pending.ts";

export interface BuildReceiptParameters extends LogSearchOptions {
  deployment: Deployment;
  requestId: RequestId;
  /** From the node's HTTP service if not given. */
  fetchOutput?: FetchOutput;
}
export type BuildReceiptReturnType = Receipt;
export type BuildReceiptErrorType =
  | GetRequestEventsErrorType
  | NodeClientErrorType
  | RequestNotFoundError
  | RequestEndedError
  | RequestNotFinalError
  | WrappedCallError
  | EvidenceCallError
  | EndpointMissingError
  | OutputMismatchError
  | ChainItemMissingError;

/**
 * Makes the receipt of a final request: everything from the chain, output and the node's signature from the node. It does
 * not check what the node signed; {@link verifyReceipt} does.
 *
 * @example
 * const receipt = await buildReceipt(client, { deployment, requestId });
 * await writeFile("receipt.json", serializeReceipt(receipt));
 */
export async function buildReceipt(
  client: Client,
  parameters: BuildReceiptParameters,
): Promise<BuildReceiptReturnType> {
  const { deployment, requestId, fetchOutput, ...search } = parameters;
  const record = await getRequestRecord(client, { deployment, id: requestId });
  if (record.state === State.NONE) throw new RequestNotFoundError(requestId);
  const events = await getRequestEvents(client, { ...search, deployment, id: requestId });
  const { request } = expectRequestEvent(events, "RequestOpened", requestId).args;
  if (record.state !== State.FINAL) {
    throw await explainNotFinal(client, { deployment, id: requestId, request, record });
  }

  const final = expectRequestEvent(events, "RequestFinal", requestId);
  const { transactionHash, blockNumber, blockHash } = final;
  const { timestamp } = await readBlock(client, blockNumber);
  const { weightsCommitment, verifyingKeyId, paths } = await getModel(client, {
    deployment,
    modelId: request.modelId,
  });
  const result = resultIn(expectRequestEvent(events, "ResultDelivered", requestId).args);
  const evidence = await collectEvidence(client, { deployment, requestId, record, events });
  const signed = await (fetchOutput ?? outputFromNode(client, deployment))({ requestId, result });
  const output = provedOutput(evidence) ?? signed.output;
  const commitment = commitOutput(output);
  if (commitment !== result.outputCommitment) {
    throw new OutputMismatchError(commitment, result.outputCommitment);
  }
  return {
    version: 1,
    chainId: deployment.chainId,
    market: deployment.market,
    request,
    requestId,
    result,
    resultSignature: signed.signature,
    output,
    evidence,
    state: "FINAL",
    payout: final.args.payout,
    settledAt: { transactionHash, blockNumber, blockHash, timestamp },
    model: { weightsCommitment, verifyingKeyId, paths },
  };
}

/** A proof carries its output. */
function provedOutput(evidence: readonly ReceiptEvidence[]): Hex | undefined {
  const proof = evidence.find(({ kind }) => kind === Evidence.ZKML);
  return proof && bytesToHex(decodeZkmlEvidence(proof.data).output);
}
