// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { getFinalAt } from "../client/actions/getFinalAt.ts";
import { getParameters } from "../client/actions/getParameters.ts";
import type { Deployment } from "../client/deployment.ts";
import { RequestEndedError } from "../client/errors.ts";
import { pathsIn } from "../protocol/evidence.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { Request } from "../protocol/request.ts";
import {
  assignedNode,
  isTerminal,
  type RequestRecord,
  State,
  stateName,
} from "../protocol/state.ts";
import { RequestNotFinalError } from "./errors.ts";

/** Why a request that is not final has no receipt, and what has to happen first. */
export async function explainNotFinal(
  client: Client,
  parameters: {
    deployment: Deployment;
    id: RequestId;
    request: Request;
    record: RequestRecord;
    /** Claimed without a record. */
    isOrder: boolean;
  },
): Promise<RequestNotFinalError | RequestEndedError> {
  const { id, record } = parameters;
  const state = stateName(record.state);
  if (isTerminal(record.state)) return new RequestEndedError(id, state);
  return new RequestNotFinalError(id, state, await whatToWaitFor(client, parameters));
}

async function whatToWaitFor(
  client: Client,
  parameters: {
    deployment: Deployment;
    request: Request;
    record: RequestRecord;
    isOrder: boolean;
  },
): Promise<string> {
  const { deployment, request, record, isOrder } = parameters;
  if (isOrder) {
    const { challengeWindow } = await getParameters(client, { deployment });
    const end = toDate(record.clock + challengeWindow);
    return `until its window closes at ${end}, then finalize its claims`;
  }
  switch (record.state) {
    case State.OPEN:
      return `for a node to accept it or to deliver, before ${toDate(request.deliverBy)}`;
    case State.ASSIGNED:
      return `for the result of node ${assignedNode(record)}, due before ${toDate(request.deliverBy)}`;
    case State.DISPUTED:
      return "for the verdict of the dispute";
    default: {
      const end = await getFinalAt(client, { deployment, request });
      if (end !== 0) return `until its window closes at ${toDate(end)}, then finalize it`;
      const missing = pathsIn(request.requiredEvidence & ~record.evidence).join(" and ");
      return `for its ${missing} evidence, due before ${toDate(request.proveBy)}`;
    }
  }
}

function toDate(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}
