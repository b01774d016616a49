// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestEvent } from "../client/actions/getRequestEvents.ts";
import type { Deployment } from "../client/deployment.ts";
import { RequestNotFoundError } from "../client/errors.ts";
import { Evidence, evidenceIn } from "../protocol/evidence.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { ReceiptEvidence } from "../protocol/receipt.ts";
import type { RequestRecord } from "../protocol/state.ts";
import { readEvidenceCall } from "./evidenceCall.ts";
import { bringsEvidence } from "./marketLogs.ts";

type Named<name extends RequestEvent["eventName"]> = Extract<RequestEvent, { eventName: name }>;

/** The event of this name in the history of a request that has one. */
export function expectRequestEvent<name extends RequestEvent["eventName"]>(
  events: readonly RequestEvent[],
  eventName: name,
  id: RequestId,
): Named<name> {
  const found = events.find((event): event is Named<name> => event.eventName === eventName);
  // The record says that it happened, so that the events searched are not all there are.
  if (found === undefined) throw new RequestNotFoundError(id);
  return found;
}

/** Each kind that the record has, with the bytes that were brought and where. */
export async function collectEvidence(
  client: Client,
  parameters: {
    deployment: Deployment;
    requestId: RequestId;
    record: RequestRecord;
    events: readonly RequestEvent[];
  },
): Promise<ReceiptEvidence[]> {
  const { deployment, requestId, record, events } = parameters;
  const pieces: ReceiptEvidence[] = [];
  for (const kind of evidenceIn(record.evidence)) {
    const brought = events.find((event) => bringsEvidence(event, kind));
    if (brought === undefined) throw new RequestNotFoundError(requestId);
    const { transactionHash } = brought;
    const isClaim = kind === Evidence.VANILLA;
    const call = { deployment, transactionHash, id: requestId, kind };
    const data = isClaim ? "0x" : (await readEvidenceCall(client, call)).data;
    pieces.push({ kind, data, transactionHash });
  }
  return pieces;
}
