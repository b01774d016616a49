// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { type Status, statusOf } from "../../protocol/state.ts";
import {
  getRequestRecord,
  type GetRequestRecordErrorType,
  type GetRequestRecordParameters,
} from "./getRequestRecord.ts";

export type GetStatusParameters = GetRequestRecordParameters;
export type GetStatusReturnType = Status;
export type GetStatusErrorType = GetRequestRecordErrorType;

/**
 * The one word about a request or an order: NONE, PENDING, FINAL, REJECTED or STALE. Only FINAL is usable, and it never changes.
 *
 * @example
 * if ((await getStatus(client, { deployment, id })) === "FINAL") use(output);
 */
export async function getStatus(
  client: Client,
  parameters: GetStatusParameters,
): Promise<GetStatusReturnType> {
  const { state } = await getRequestRecord(client, parameters);
  return statusOf(state);
}
