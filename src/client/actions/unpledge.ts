// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import type { ModelId } from "../../protocol/ids.ts";
import { callBatchSettler, type BatchWriteOptions } from "../batches.ts";
import type { WriteErrorType, WriteReturnType } from "../transact.ts";

export interface UnpledgeParameters extends BatchWriteOptions {
  modelId: ModelId;
  /** Token units; at most what no open batch can cost. */
  amount: bigint;
}
export type UnpledgeReturnType = WriteReturnType;
export type UnpledgeErrorType = WriteErrorType;

/**
 * Unlocks pledged stake that no open batch can cost.
 *
 * @example
 * await unpledge(node, { deployment, modelId, amount });
 */
export async function unpledge(
  client: Client,
  parameters: UnpledgeParameters,
): Promise<UnpledgeReturnType> {
  const { modelId, amount, ...options } = parameters;
  return callBatchSettler(client, {
    ...options,
    functionName: "unpledge",
    args: [modelId, amount],
  });
}
