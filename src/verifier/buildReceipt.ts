// SPDX-License-Identifier: MIT
import { bytesToHex, type Client, type Hex } from "viem";

import { findRequest, type FindRequestErrorType } from "../client/actions/findRequest.ts";
import { getModel } from "../client/actions/getModel.ts";
import { getParameters } from "../client/actions/getParameters.ts";
import {
  getRequestEvents,
  type GetRequestEventsErrorType,
  type RequestEvent,
} from "../client/actions/getRequestEvents.ts";
import { getRequestRecord } from "../client/actions/getRequestRecord.ts";
import type { Deployment } from "../client/deployment.ts";
import { type RequestEndedError, RequestNotFoundError } from "../client/errors.ts";
import type { LogSearchOptions } from "../client/logs.ts";
import type { NodeClientErrorType } from "../client/node/nodeClient.ts";
import { readOrder } from "../client/orderCall.ts";
import { Evidence } from "../protocol/evidence.ts";
import { payoutOf } from "../protocol/fees.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { Receipt, ReceiptEvidence } from "../protocol/receipt.ts";
import { type Request, resultIn } from "../protocol/request.ts";
import { Escrow, type RequestRecord, State } from "../protocol/state.ts";
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
  | FindRequestErrorType
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
  const isOrder = !events.some(({ eventName }) => eventName === "RequestOpened");
  const request = await findRequest(client, { ...search, deployment, id: requestId });
  if (record.state !== State.FINAL) {
    const pending = { deployment, id: requestId, request, record, isOrder };
    throw await explainNotFinal(client, pending);
  }

  const { result, final, evidence, payout } = isOrder
    ? await readOrderEnd(client, { deployment, request, requestId, events })
    : await readMarketEnd(client, { deployment, requestId, record, events });
  const { transactionHash, blockNumber, blockHash } = final;
  const { timestamp } = await readBlock(client, blockNumber);
  const { weightsCommitment, verifyingKeyId, paths } = await getModel(client, {
    deployment,
    modelId: request.modelId,
  });
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
    payout,
    settledAt: { transactionHash, blockNumber, blockHash, timestamp },
    model: { weightsCommitment, verifyingKeyId, paths },
  };
}

/** How a request with a record became final, by the market's events. */
async function readMarketEnd(
  client: Client,
  parameters: {
    deployment: Deployment;
    requestId: RequestId;
    record: RequestRecord;
    events: readonly RequestEvent[];
  },
) {
  const { requestId, events } = parameters;
  const final = expectRequestEvent(events, "RequestFinal", requestId);
  const result = resultIn(expectRequestEvent(events, "ResultDelivered", requestId).args);
  const evidence = await collectEvidence(client, parameters);
  return { result, final, evidence, payout: final.args.payout };
}

/** How an order without a record became final, by the settler's events and the calldata that brought it. */
async function readOrderEnd(
  client: Client,
  parameters: {
    deployment: Deployment;
    request: Request;
    requestId: RequestId;
    events: readonly RequestEvent[];
  },
) {
  const { deployment, request, requestId: id, events } = parameters;
  const isClaim = events.some(({ eventName }) => eventName === "OrderClaimed");
  const settled = expectRequestEvent(events, isClaim ? "OrderClaimed" : "OrderSettled", id);
  const final = isClaim ? expectRequestEvent(events, "ClaimsFinal", id) : settled;
  const result = resultIn(settled.args);
  const { transactionHash } = settled;
  const { order, evidence: data } = await readOrder(client, { deployment, transactionHash, id });
  const claim: ReceiptEvidence = { kind: Evidence.VANILLA, data: "0x", transactionHash };
  const evidence = isClaim ? [claim] : [claim, { kind: order.kind, data, transactionHash }];
  const rules = { request, units: result.units, escrow: Escrow.FEE };
  const payout = payoutOf({ ...rules, parameters: await getParameters(client, { deployment }) });
  return { result, final, evidence, payout };
}

/** A proof carries its output. */
function provedOutput(evidence: readonly ReceiptEvidence[]): Hex | undefined {
  const proof = evidence.find(({ kind }) => kind === Evidence.ZKML);
  return proof && bytesToHex(decodeZkmlEvidence(proof.data).output);
}
