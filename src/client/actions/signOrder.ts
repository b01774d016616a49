// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import type { Request } from "../../protocol/request.ts";
import { assayDomain, orderTypedData } from "../../protocol/typed-data.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignOrderParameters extends SignOptions {
  deployment: DeploymentWith<"market">;
  request: Request;
}
export type SignOrderReturnType = Hex;
export type SignOrderErrorType = SignErrorType;

/**
 * Signs a request off chain, to be brought by its node together with the result. The signer is the one that the client's
 * reservation for this node names.
 *
 * @example
 * const signature = await signOrder(client, { deployment, request });
 */
export async function signOrder(
  client: Client,
  parameters: SignOrderParameters,
): Promise<SignOrderReturnType> {
  const { deployment, request, ...options } = parameters;
  return withSigner(client, { ...options, what: "order" }, (account) =>
    signTypedData(client, { account, ...orderTypedData(assayDomain(deployment), request) }),
  );
}
