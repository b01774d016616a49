// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchJudgeAbi } from "../../abi/batchJudge.ts";
import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchHeader } from "../../protocol/batch.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetCommitteeParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  /** From `BatchPosted`, unchanged. */
  header: BatchHeader;
}
export type GetCommitteeReturnType = readonly Address[];
export type GetCommitteeErrorType = ReadErrorType;

/**
 * The verification nodes whose signatures count for a batch, by seat. Throws `CommitteePending` until the header's block was
 * mined, and `CommitteeUnreachable` 8,191 blocks later.
 *
 * @example
 * const committee = await getCommittee(client, { deployment, header });
 */
export async function getCommittee(
  client: Client,
  parameters: GetCommitteeParameters,
): Promise<GetCommitteeReturnType> {
  const { deployment, header, ...options } = parameters;
  const judge = await read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "judge",
  });
  return read(client, {
    ...options,
    address: judge,
    abi: batchJudgeAbi,
    functionName: "committeeOf",
    args: [header],
  });
}
