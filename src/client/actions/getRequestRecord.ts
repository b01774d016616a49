// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { RequestRecord, State } from "../../protocol/state.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetRequestRecordParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  id: RequestId;
}
export type GetRequestRecordReturnType = RequestRecord;
export type GetRequestRecordErrorType = ReadErrorType;

/**
 * What the market stores of a request; `state` is NONE if it does not know the id.
 *
 * @example
 * const { state, evidence } = await getRequestRecord(client, { deployment, id });
 */
export async function getRequestRecord(
  client: Client,
  parameters: GetRequestRecordParameters,
): Promise<GetRequestRecordReturnType> {
  const { deployment, id, ...options } = parameters;
  const record = await read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "recordOf",
    args: [id],
  });
  return { ...record, state: record.state as State };
}
