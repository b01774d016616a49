// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import { type Result, resultIn } from "../../protocol/request.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type AbortedError, ResultNotFoundError } from "../errors.ts";
import { type LogSearchOptions, searchRequestEvent } from "../logs.ts";
import type { ReadErrorType } from "../revert.ts";

export interface FindResultParameters extends LogSearchOptions {
  deployment: DeploymentWith<"market" | "block">;
  id: RequestId;
}
export type FindResultReturnType = Result;
export type FindResultErrorType = ReadErrorType | AbortedError | ResultNotFoundError;

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
  const event = await searchRequestEvent(client, { ...parameters, eventName: "ResultDelivered" });
  if (event === undefined) throw new ResultNotFoundError(parameters.id);
  return resultIn(event.args);
}
