// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { disputeCourtAbi } from "../../abi/disputeCourt.ts";
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

export interface DecideParameters extends WriteOptions {
  deployment: DeploymentWith<"disputeCourt">;
  request: Request;
  /** What was delivered. */
  result: Result;
  /** What the evidence proves; `node` is whom the evidence names. */
  proved: Result;
  evidence: Hex;
}
export interface DecideReturnType extends WriteReturnType {
  /** How the dispute ended, see `Verdict`. */
  verdict: number;
}
export type DecideErrorType = WriteErrorType | EventMissingError;

/**
 * Brings deciding evidence to a dispute: if it proves the node's output and units the claim is
 * upheld, else rejected.
 *
 * @example
 * const { verdict } = await decide(client, { deployment, request, result, proved, evidence });
 */
export async function decide(
  client: Client,
  parameters: DecideParameters,
): Promise<DecideReturnType> {
  const { deployment, request, result, proved, evidence, ...options } = parameters;
  const sent = await transact(client, {
    ...options,
    chainId: deployment.chainId,
    to: deployment.disputeCourt,
    functionName: "decide",
    data: encodeCall({
      abi: disputeCourtAbi,
      functionName: "decide",
      args: [request, result, proved, evidence],
    }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: disputeCourtAbi,
    address: deployment.disputeCourt,
    eventName: "ChallengeResolved",
  });
  return { ...sent, verdict: args.verdict };
}
