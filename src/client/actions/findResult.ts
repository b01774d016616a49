// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import { type Result, resultIn } from "../../protocol/request.ts";
import { type AbortedError, ResultNotFoundError } from "../errors.ts";
import { type LogSearchOptions, searchRequestEvent } from "../logs.ts";
import { findOrderEvent, type OrderDeployment } from "../orders.ts";
import type { ReadErrorType } from "../revert.ts";

export interface FindResultParameters extends LogSearchOptions {
  deployment: OrderDeployment;
  id: RequestId;
}
export type FindResultReturnType = Result;
export type FindResultErrorType = ReadErrorType | AbortedError | ResultNotFoundError;

/**
 * What was delivered for a request or an order, from the event that says so. Contracts store its hash at most: calls after
 * delivery carry it.
 *
 * @example
 * const { outputCommitment, node } = await findResult(client, { deployment, id });
 */
export async function findResult(
  client: Client,
  parameters: FindResultParameters,
): Promise<FindResultReturnType> {
  // A record of the market rules where there are both.
  const delivered = await searchRequestEvent(client, {
    ...parameters,
    eventName: "ResultDelivered",
  });
  const event = delivered ?? (await findOrderEvent(client, parameters));
  if (event === undefined) throw new ResultNotFoundError(parameters.id);
  return resultIn(event.args);
}
