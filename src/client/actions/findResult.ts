// SPDX-License-Identifier: MIT
import { type Client, parseEventLogs, toEventSelector } from "viem";
import { getAbiItem } from "viem/utils";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { Result } from "../../protocol/request.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type AbortedError, ResultNotFoundError } from "../errors.ts";
import { type LogSearchOptions, searchLogs } from "../logs.ts";
import type { ReadErrorType } from "../revert.ts";

export interface FindResultParameters extends LogSearchOptions {
  deployment: DeploymentWith<"market" | "block">;
  id: RequestId;
}
export type FindResultReturnType = Result;
export type FindResultErrorType = ReadErrorType | AbortedError | ResultNotFoundError;

const DELIVERED = toEventSelector(getAbiItem({ abi: inferenceMarketAbi, name: "ResultDelivered" }));

/**
 * What was delivered for a request, from the event that says so. Contracts store its hash only: calls after delivery carry it.
 *
 * @example
 * const { outputCommitment, node } = await findResult(client, { deployment, id });
 */
export async function findResult(
  client: Client,
  parameters: FindResultParameters,
): Promise<FindResultReturnType> {
  const { deployment, id, ...options } = parameters;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [deployment.market],
    topics: [DELIVERED, id],
    first: true,
  });
  const [event] = parseEventLogs({ abi: inferenceMarketAbi, eventName: "ResultDelivered", logs });
  if (event === undefined) throw new ResultNotFoundError(id);
  const { outputCommitment, units, node } = event.args;
  return { outputCommitment, units, node };
}
