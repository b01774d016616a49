// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetVoteCommitmentParameters extends ReadOptions {
  deployment: DeploymentWith<"disputeCourt">;
  juror: Address;
  id: RequestId;
  /** What the juror computed. */
  outputCommitment: Hex32;
  /** What the juror metered. */
  units: number;
  /** 32 random bytes, to keep until the vote is revealed. */
  salt: Hex32;
}
export type GetVoteCommitmentReturnType = Hex32;
export type GetVoteCommitmentErrorType = ReadErrorType;

/**
 * What a juror commits to before it reveals its vote.
 *
 * @example
 * const commitment = await getVoteCommitment(client, {
 *   deployment,
 *   juror,
 *   id,
 *   outputCommitment,
 *   units: 1,
 *   salt,
 * });
 */
export async function getVoteCommitment(
  client: Client,
  parameters: GetVoteCommitmentParameters,
): Promise<GetVoteCommitmentReturnType> {
  const { deployment, juror, id, outputCommitment, units, salt, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.disputeCourt,
    abi: disputeCourtAbi,
    functionName: "voteCommitment",
    args: [juror, id, outputCommitment, units, salt],
  });
}
