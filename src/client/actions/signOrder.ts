// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import type { Request } from "../../protocol/request.ts";
import { orderDomain, orderTypedData } from "../../protocol/typed-data.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignOrderParameters extends SignOptions {
  deployment: DeploymentWith<"orderSettler">;
  request: Request;
}
export type SignOrderReturnType = Hex;
export type SignOrderErrorType = SignErrorType;

/**
 * Signs a request off chain, to be brought by its node together with the result. The signer is the key that the client
 * reserved for; the nonce is counted for each reservation, see `nextNonce`.
 *
 * @example
 * const signature = await signOrder(client, { deployment, request });
 */
export async function signOrder(
  client: Client,
  parameters: SignOrderParameters,
): Promise<SignOrderReturnType> {
  const { deployment, request, ...options } = parameters;
  const domain = orderDomain({ chainId: deployment.chainId, settler: deployment.orderSettler });
  return withSigner(client, { ...options, what: "order" }, (account) =>
    signTypedData(client, { account, ...orderTypedData(domain, request) }),
  );
}
