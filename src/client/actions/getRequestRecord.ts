// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import type { RequestRecord } from "../../protocol/state.ts";
import type { ReadOptions } from "../call.ts";
import type { EventMissingError } from "../errors.ts";
import type { ReadOrdersErrorType } from "../orderCall.ts";
import type { OrderDeployment } from "../orders.ts";
import { recordReader } from "../records.ts";

export interface GetRequestRecordParameters extends ReadOptions {
  deployment: OrderDeployment;
  id: RequestId;
}
export type GetRequestRecordReturnType = RequestRecord;
export type GetRequestRecordErrorType = ReadOrdersErrorType | EventMissingError;

/**
 * What the market stores of a request. An order that was settled without a record has the one that it would have there, by
 * the settler's events; `state` is NONE if neither contract knows the id.
 *
 * @example
 * const { state, evidence } = await getRequestRecord(client, { deployment, id });
 */
export async function getRequestRecord(
  client: Client,
  parameters: GetRequestRecordParameters,
): Promise<GetRequestRecordReturnType> {
  const { deployment, id, ...options } = parameters;
  return recordReader(client, { deployment, id })(options);
}
