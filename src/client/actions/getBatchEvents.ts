// SPDX-License-Identifier: MIT
import {
  type Client,
  type ContractEventName,
  parseEventLogs,
  type ParseEventLogsReturnType,
} from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type LogSearchOptions, searchLogs } from "../logs.ts";
import type { AbortedError } from "../errors.ts";
import type { ReadErrorType } from "../revert.ts";

/** A batch settler's event of any name, decoded. */
export type BatchEvent = ParseEventLogsReturnType<
  typeof batchSettlerAbi,
  ContractEventName<typeof batchSettlerAbi>[],
  true
>[number];

export interface GetBatchEventsParameters extends LogSearchOptions {
  deployment: DeploymentWith<"batchSettler" | "block">;
  batchId: Hex32;
}
export type GetBatchEventsReturnType = BatchEvent[];
export type GetBatchEventsErrorType = ReadErrorType | AbortedError;

/**
 * The whole history of a batch, oldest first. The first event has its header.
 *
 * @example
 * const [posted] = await getBatchEvents(client, { deployment, batchId });
 */
export async function getBatchEvents(
  client: Client,
  parameters: GetBatchEventsParameters,
): Promise<GetBatchEventsReturnType> {
  const { deployment, batchId, ...options } = parameters;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [deployment.batchSettler],
    topics: [null, batchId],
  });
  return parseEventLogs({ abi: batchSettlerAbi, logs });
}
