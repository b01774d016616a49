// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Dispute } from "../../protocol/dispute.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { Verdict } from "../../protocol/state.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetDisputeParameters extends ReadOptions {
  deployment: DeploymentWith<"disputeCourt">;
  id: RequestId;
}
export type GetDisputeReturnType = Dispute;
export type GetDisputeErrorType = ReadErrorType;

/**
 * The dispute of a request; `openedAt` is zero if there is none.
 *
 * @example
 * const { arbiter, evidenceBy } = await getDispute(client, { deployment, id });
 */
export async function getDispute(
  client: Client,
  parameters: GetDisputeParameters,
): Promise<GetDisputeReturnType> {
  const { deployment, id, ...options } = parameters;
  const found = await read(client, {
    ...options,
    address: deployment.disputeCourt,
    abi: disputeCourtAbi,
    functionName: "disputeOf",
    args: [id],
  });
  return { ...found, arbiter: found.arbiter as Evidence, verdict: found.verdict as Verdict };
}
