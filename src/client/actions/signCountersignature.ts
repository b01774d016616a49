// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import { batchDomain, countersignatureTypedData } from "../../protocol/batch.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignCountersignatureParameters extends SignOptions {
  deployment: DeploymentWith<"batchSettler">;
  batchId: Hex32;
}
export type SignCountersignatureReturnType = Hex;
export type SignCountersignatureErrorType = SignErrorType;

/**
 * Signs a batch as a verification node of its committee, which holds all of its receipts and has checked them.
 *
 * @example
 * const signature = await signCountersignature(node, { deployment, batchId });
 */
export async function signCountersignature(
  client: Client,
  parameters: SignCountersignatureParameters,
): Promise<SignCountersignatureReturnType> {
  const { deployment, batchId, ...options } = parameters;
  const { chainId, batchSettler: settler } = deployment;
  const typedData = countersignatureTypedData(batchDomain({ chainId, settler }), batchId);
  return withSigner(client, { ...options, what: "countersignature" }, (account) =>
    signTypedData(client, { account, ...typedData }),
  );
}
