// SPDX-License-Identifier: MIT
import { type Client, parseEventLogs, toEventSelector } from "viem";
import { getAbiItem } from "viem/utils";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { Request } from "../../protocol/request.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type AbortedError, RequestNotFoundError } from "../errors.ts";
import { type LogSearchOptions, searchLogs } from "../logs.ts";
import type { ReadErrorType } from "../revert.ts";

export interface FindRequestParameters extends LogSearchOptions {
  deployment: DeploymentWith<"market" | "block">;
  id: RequestId;
}
export type FindRequestReturnType = Request;
export type FindRequestErrorType = ReadErrorType | AbortedError | RequestNotFoundError;

const OPENED = toEventSelector(getAbiItem({ abi: inferenceMarketAbi, name: "RequestOpened" }));

/**
 * The request behind an id, from the event that opened it. Contracts store no requests: every call about one carries it.
 *
 * @example
 * const request = await findRequest(client, { deployment, id });
 * const result = await findResult(client, { deployment, id });
 * await finalize(client, { deployment, request, result });
 */
export async function findRequest(
  client: Client,
  parameters: FindRequestParameters,
): Promise<FindRequestReturnType> {
  const { deployment, id, ...options } = parameters;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [deployment.market],
    topics: [OPENED, id],
    first: true,
  });
  const [event] = parseEventLogs({ abi: inferenceMarketAbi, eventName: "RequestOpened", logs });
  if (event === undefined) throw new RequestNotFoundError(id);
  return event.args.request;
}
