// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { Request } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface RevealVoteParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  request: Request;
  /** What the juror computed. */
  outputCommitment: Hex32;
  /** What the juror metered. */
  units: number;
  /** As committed to. */
  salt: Hex32;
}
export type RevealVoteReturnType = WriteReturnType;
export type RevealVoteErrorType = WriteErrorType;

/**
 * Opens a juror's vote: what it computed from the input.
 *
 * @example
 * await revealVote(client, { deployment, request, outputCommitment, units: 1, salt });
 */
export async function revealVote(
  client: Client,
  parameters: RevealVoteParameters,
): Promise<RevealVoteReturnType> {
  const { deployment, request, outputCommitment, units, salt, ...options } = parameters;
  return transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "revealVote",
    data: encodeCall({
      abi: disputeCourtAbi,
      functionName: "revealVote",
      args: [request, outputCommitment, units, salt],
    }),
  });
}
