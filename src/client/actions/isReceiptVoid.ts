// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface IsReceiptVoidParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  batchId: Hex32;
  position: number;
}
export type IsReceiptVoidReturnType = boolean;
export type IsReceiptVoidErrorType = ReadErrorType;

/**
 * Whether a receipt of a batch was shown to be faulty, was withheld or left the batch.
 *
 * @example
 * const isVoid = await isReceiptVoid(client, { deployment, batchId, position });
 */
export async function isReceiptVoid(
  client: Client,
  parameters: IsReceiptVoidParameters,
): Promise<IsReceiptVoidReturnType> {
  const { deployment, batchId, position, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "isVoid",
    args: [batchId, position],
  });
}
