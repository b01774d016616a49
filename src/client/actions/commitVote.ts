// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface CommitVoteParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  id: RequestId;
  /** From {@link getVoteCommitment}. */
  commitment: Hex32;
}
export type CommitVoteReturnType = WriteReturnType;
export type CommitVoteErrorType = WriteErrorType;

/**
 * Commits a juror's vote.
 *
 * @example
 * await commitVote(client, { deployment, id, commitment });
 */
export async function commitVote(
  client: Client,
  parameters: CommitVoteParameters,
): Promise<CommitVoteReturnType> {
  const { deployment, id, commitment, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "commitVote",
    data: encodeCall({ abi: disputeCourtAbi, functionName: "commitVote", args: [id, commitment] }),
  });
}
