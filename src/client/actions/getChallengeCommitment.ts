// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import type { Result } from "../../protocol/request.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetChallengeCommitmentParameters extends ReadOptions {
  deployment: DeploymentWith<"disputeCourt">;
  challenger: Address;
  id: RequestId;
  /** What the challenger says is right; `node` is the challenged node. */
  claim: Result;
  /** 32 random bytes, to keep until the challenge is opened. */
  salt: Hex32;
}
export type GetChallengeCommitmentReturnType = Hex32;
export type GetChallengeCommitmentErrorType = ReadErrorType;

/**
 * What to commit to before a challenge.
 *
 * @example
 * const commitment = await getChallengeCommitment(client, { deployment, challenger, id, claim, salt });
 */
export async function getChallengeCommitment(
  client: Client,
  parameters: GetChallengeCommitmentParameters,
): Promise<GetChallengeCommitmentReturnType> {
  const { deployment, challenger, id, claim, salt, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.disputeCourt,
    abi: disputeCourtAbi,
    functionName: "challengeCommitment",
    args: [challenger, id, claim, salt],
  });
}
