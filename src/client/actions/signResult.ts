// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import { assayDomain, type BoundResult, resultTypedData } from "../../protocol/typed-data.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignResultParameters extends SignOptions {
  deployment: DeploymentWith<"market">;
  /** The result with the id of the request that it answers. */
  result: BoundResult;
}
export type SignResultReturnType = Hex;
export type SignResultErrorType = SignErrorType;

/**
 * Signs a result as its node, so that whoever holds the answer can hold the node to it.
 *
 * @example
 * const signature = await signResult(client, {
 *   deployment,
 *   result: { requestId, outputCommitment, units: 1, node },
 * });
 */
export async function signResult(
  client: Client,
  parameters: SignResultParameters,
): Promise<SignResultReturnType> {
  const { deployment, result, ...options } = parameters;
  return withSigner(client, { ...options, what: "result" }, (account) =>
    signTypedData(client, { account, ...resultTypedData(assayDomain(deployment), result) }),
  );
}
