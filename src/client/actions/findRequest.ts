// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import type { Request } from "../../protocol/request.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type AbortedError, RequestNotFoundError } from "../errors.ts";
import { type LogSearchOptions, searchRequestEvent } from "../logs.ts";
import type { ReadErrorType } from "../revert.ts";

export interface FindRequestParameters extends LogSearchOptions {
  deployment: DeploymentWith<"market" | "block">;
  id: RequestId;
}
export type FindRequestReturnType = Request;
export type FindRequestErrorType = ReadErrorType | AbortedError | RequestNotFoundError;

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
  const event = await searchRequestEvent(client, { ...parameters, eventName: "RequestOpened" });
  if (event === undefined) throw new RequestNotFoundError(parameters.id);
  return event.args.request;
}
