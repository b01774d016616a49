// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import {
  transact,
  type WriteErrorType,
  type WriteOptions,
  type WriteReturnType,
} from "../transact.ts";

export interface ChallengeParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  request: Request;
  /** What was delivered. */
  result: Result;
  /** What the challenger says is right; `node` is the challenged node. */
  claim: Result;
  /** As committed to. */
  salt: Hex32;
}
export interface ChallengeReturnType extends WriteReturnType {
  /** Unix seconds: deciding evidence comes before. */
  evidenceBy: number;
  /** Who decides: the kind of evidence, or VANILLA for a jury. */
  arbiter: number;
}
export type ChallengeErrorType = WriteErrorType | EventMissingError;

/**
 * Opens a challenge that was committed in an earlier block; takes the bond from the caller's
 * balance in the market.
 *
 * @example
 * const { evidenceBy } = await challenge(client, { deployment, request, result, claim, salt });
 */
export async function challenge(
  client: Client,
  parameters: ChallengeParameters,
): Promise<ChallengeReturnType> {
  const { deployment, request, result, claim, salt, ...options } = parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "challenge",
    data: encodeCall({
      abi: disputeCourtAbi,
      functionName: "challenge",
      args: [request, result, claim, salt],
    }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: disputeCourtAbi,
    address: deployment.disputeCourt,
    eventName: "ChallengeOpened",
  });
  return { ...sent, evidenceBy: args.evidenceBy, arbiter: args.arbiter };
}
