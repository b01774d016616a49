// SPDX-License-Identifier: MIT
import type { Client, ContractFunctionArgs, ContractFunctionName } from "viem";

import { batchSettlerAbi } from "../abi/batchSettler.ts";
import type { BatchHeader, BatchPlace } from "../protocol/batch.ts";
import { encodeCall } from "./call.ts";
import type { DeploymentWith } from "./deployment.ts";
import { transact, type WriteOptions, type WriteReturnType } from "./transact.ts";

/** What every write to the batch settler takes besides its own parameters. */
export interface BatchWriteOptions extends WriteOptions {
  deployment: DeploymentWith<"batchSettler">;
}

/** What a call about receipts of a batch carries: the settler keeps only the hash of either. */
export interface BatchNamed {
  /** From `BatchPosted`, unchanged. */
  header: BatchHeader;
  /** Of the voucher that the receipt belongs to, from `placeAt`. */
  place: BatchPlace;
}

type Writable = ContractFunctionName<typeof batchSettlerAbi, "nonpayable">;

/** Sends a call to the batch settler. */
export function callBatchSettler<name extends Writable>(
  client: Client,
  parameters: BatchWriteOptions & {
    functionName: name;
    args: ContractFunctionArgs<typeof batchSettlerAbi, "nonpayable", name>;
  },
): Promise<WriteReturnType> {
  const { deployment, functionName, args, ...options } = parameters;
  const call = { abi: batchSettlerAbi, functionName, args } as Parameters<typeof encodeCall>[0];
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.batchSettler,
    functionName,
    data: encodeCall(call),
  });
}
