// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { ModelId } from "../../protocol/ids.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface PledgeParameters extends BatchWriteOptions {
  modelId: ModelId;
  /** Token units. */
  amount: bigint;
}
export type PledgeReturnType = WriteReturnType;
export type PledgeErrorType = WriteErrorType;

/**
 * Locks stake that the caller opted in for a model behind its batches.
 *
 * @example
 * await pledge(node, { deployment, modelId, amount });
 */
export async function pledge(
  client: Client,
  parameters: PledgeParameters,
): Promise<PledgeReturnType> {
  const { modelId, amount, ...options } = parameters;
  return callBatchSettler(client, { ...options, functionName: "pledge", args: [modelId, amount] });
}
