// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import { batchDomain, batchRequestTypedData } from "../../protocol/batch.ts";
import type { Request } from "../../protocol/request.ts";
import { assayDomain, hashRequest } from "../../protocol/typed-data.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignBatchRequestParameters extends SignOptions {
  deployment: DeploymentWith<"batchSettler" | "market">;
  request: Request;
  /** Of the request in its channel's life, from zero. */
  index: number;
}
export type SignBatchRequestReturnType = Hex;
export type SignBatchRequestErrorType = SignErrorType;

/**
 * Signs a request off chain, to be settled in a batch of its node. The signer is the one that the client's channel names.
 *
 * @example
 * const signature = await signBatchRequest(client, { deployment, request, index });
 */
export async function signBatchRequest(
  client: Client,
  parameters: SignBatchRequestParameters,
): Promise<SignBatchRequestReturnType> {
  const { deployment, request, index, ...options } = parameters;
  const { chainId, batchSettler: settler } = deployment;
  const typedData = batchRequestTypedData(batchDomain({ chainId, settler }), {
    requestId: hashRequest(assayDomain(deployment), request),
    index,
  });
  return withSigner(client, { ...options, what: "batch request" }, (account) =>
    signTypedData(client, { account, ...typedData }),
  );
}
