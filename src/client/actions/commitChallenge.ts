// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface CommitChallengeParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  /** From {@link getChallengeCommitment}. */
  commitment: Hex32;
}
export type CommitChallengeReturnType = WriteReturnType;
export type CommitChallengeErrorType = WriteErrorType;

/**
 * Commits to a challenge, so that nobody copies it from the mempool. Open it in a later block by
 * {@link challenge}.
 *
 * @example
 * const commitment = await getChallengeCommitment(client, { deployment, challenger, id, claim, salt });
 * await commitChallenge(client, { deployment, commitment });
 */
export async function commitChallenge(
  client: Client,
  parameters: CommitChallengeParameters,
): Promise<CommitChallengeReturnType> {
  const { deployment, commitment, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "commitChallenge",
    data: encodeCall({ abi: disputeCourtAbi, functionName: "commitChallenge", args: [commitment] }),
  });
}
