// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface ConcludeParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  request: Request;
  /** What was delivered. */
  result: Result;
}
export type ConcludeReturnType = WriteReturnType;
export type ConcludeErrorType = WriteErrorType;

/**
 * Ends a dispute whose timers have run out, by its default or by the majority of its jury. Anyone
 * may call it.
 *
 * @example
 * await conclude(client, { deployment, request, result });
 */
export async function conclude(
  client: Client,
  parameters: ConcludeParameters,
): Promise<ConcludeReturnType> {
  const { deployment, request, result, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "conclude",
    data: encodeCall({ abi: disputeCourtAbi, functionName: "conclude", args: [request, result] }),
  });
}
