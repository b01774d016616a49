// SPDX-License-Identifier: MIT
import {
  type Client,
  type ContractEventName,
  parseEventLogs,
  type ParseEventLogsReturnType,
} from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { AbortedError } from "../errors.ts";
import { type LogSearchOptions, searchLogs } from "../logs.ts";
import type { ReadErrorType } from "../revert.ts";

const HISTORY_ABI = [...inferenceMarketAbi, ...disputeCourtAbi] as const;

export interface GetRequestEventsParameters extends LogSearchOptions {
  deployment: DeploymentWith<"market" | "disputeCourt" | "block">;
  id: RequestId;
}
/** An event of the market or the court about one request, decoded. */
export type RequestEvent = ParseEventLogsReturnType<
  typeof HISTORY_ABI,
  ContractEventName<typeof HISTORY_ABI>[],
  true
>[number];
export type GetRequestEventsReturnType = RequestEvent[];
export type GetRequestEventsErrorType = ReadErrorType | AbortedError;

/**
 * The whole history of a request, oldest first: everything that market and court emitted about it.
 *
 * @example
 * for (const { eventName, args } of await getRequestEvents(client, { deployment, id })) {
 *   console.log(eventName, args);
 * }
 */
export async function getRequestEvents(
  client: Client,
  parameters: GetRequestEventsParameters,
): Promise<GetRequestEventsReturnType> {
  const { deployment, id, ...options } = parameters;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [deployment.market, deployment.disputeCourt],
    // Every event about a request has the id as its first indexed parameter.
    topics: [null, id],
  });
  return parseEventLogs({ abi: HISTORY_ABI, logs });
}
