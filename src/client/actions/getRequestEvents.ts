// SPDX-License-Identifier: MIT
import {
  type Client,
  type ContractEventName,
  isAddressEqual,
  parseEventLogs,
  type ParseEventLogsReturnType,
} from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { AbortedError, EventMissingError } from "../errors.ts";
import { type LogSearchOptions, searchLogs } from "../logs.ts";
import { findClaimsFinal, orderTopic, readClaims } from "../orders.ts";
import type { ReadErrorType } from "../revert.ts";

const HISTORY_ABI = [...inferenceMarketAbi, ...disputeCourtAbi, ...orderSettlerAbi] as const;

export interface GetRequestEventsParameters extends LogSearchOptions {
  deployment: DeploymentWith<"market" | "disputeCourt" | "orderSettler" | "block">;
  id: RequestId;
}
/** An event of market, court or order settler about one request, decoded. */
export type RequestEvent = ParseEventLogsReturnType<
  typeof HISTORY_ABI,
  ContractEventName<typeof HISTORY_ABI>[],
  true
>[number];
export type GetRequestEventsReturnType = RequestEvent[];
export type GetRequestEventsErrorType = ReadErrorType | AbortedError | EventMissingError;

/**
 * The whole history of a request, oldest first: everything that market, court and order settler emitted about it, of a
 * claim also what became of those that it was claimed with.
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
    addresses: [deployment.market, deployment.disputeCourt, deployment.orderSettler],
    // Every event about one request has the id as its first indexed parameter.
    topics: [null, id],
  });
  const events = parseEventLogs({ abi: HISTORY_ABI, logs });
  const more = await claimEvents(client, { ...options, deployment, id }, events);
  return [...events, ...more].sort(
    (a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex,
  );
}

/** What is told of claims, by their root. */
async function claimEvents(
  client: Client,
  { deployment, id, ...options }: GetRequestEventsParameters,
  events: readonly RequestEvent[],
): Promise<RequestEvent[]> {
  const event = events.find(({ eventName }) => eventName === "OrderClaimed");
  if (event?.eventName !== "OrderClaimed") return [];
  if (!isAddressEqual(event.address, deployment.orderSettler)) return [];
  const { entered } = await readClaims(client, { deployment, event });
  const search = { ...options, deployment, fromBlock: entered.blockNumber };
  const extracted = await searchLogs(client, {
    ...search,
    addresses: [deployment.orderSettler],
    topics: [orderTopic("ClaimExtracted"), entered.args.root, id],
  });
  if (extracted.length > 0) {
    return [entered, ...parseEventLogs({ abi: HISTORY_ABI, logs: extracted })];
  }
  const final = await findClaimsFinal(client, { ...search, entered });
  return final === undefined ? [entered] : [entered, final];
}
