// SPDX-License-Identifier: MIT
import type { Address, Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import { batchDomain, closingTypedData } from "../../protocol/batch.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignClosingParameters extends SignOptions {
  deployment: DeploymentWith<"batchSettler">;
  /** Whose channel it is. */
  client: Address;
  signer: Address;
  /** As the chain has them. */
  count: number;
  until: number;
}
export type SignClosingReturnType = Hex;
export type SignClosingErrorType = SignErrorType;

/**
 * Signs, as a channel's node, that it claims no more than the chain has. Warning: serve nothing more on the channel before its
 * count or its date has moved.
 *
 * @example
 * const signature = await signClosing(node, { deployment, client, signer, count, until });
 */
export async function signClosing(
  client: Client,
  parameters: SignClosingParameters,
): Promise<SignClosingReturnType> {
  const { deployment, client: owner, signer, count, until, ...options } = parameters;
  const { chainId, batchSettler: settler } = deployment;
  const typedData = closingTypedData(batchDomain({ chainId, settler }), {
    client: owner,
    signer,
    count,
    until,
  });
  return withSigner(client, { ...options, what: "closing" }, (account) =>
    signTypedData(client, { account, ...typedData }),
  );
}
