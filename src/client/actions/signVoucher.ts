// SPDX-License-Identifier: MIT
import type { Address, Client, Hex } from "viem";
import { signTypedData } from "viem/actions";

import { batchDomain, voucherTypedData } from "../../protocol/batch.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

export interface SignVoucherParameters extends SignOptions {
  deployment: DeploymentWith<"batchSettler">;
  /** Whose channel it is. */
  client: Address;
  node: Address;
  /** Requests of the channel's life that it is for. */
  count: number;
  /** Token units that these may cost together, at most. */
  maxCharge: bigint;
}
export type SignVoucherReturnType = Hex;
export type SignVoucherErrorType = SignErrorType;

/**
 * Signs what a node may charge for the first `count` requests of a channel. A later voucher stands in for all before it.
 *
 * @example
 * const signature = await signVoucher(wallet, { deployment, client, node, count, maxCharge });
 */
export async function signVoucher(
  client: Client,
  parameters: SignVoucherParameters,
): Promise<SignVoucherReturnType> {
  const { deployment, client: owner, node, count, maxCharge, ...options } = parameters;
  const { chainId, batchSettler: settler } = deployment;
  const typedData = voucherTypedData(batchDomain({ chainId, settler }), {
    client: owner,
    node,
    count,
    maxCharge,
  });
  return withSigner(client, { ...options, what: "voucher" }, (account) =>
    signTypedData(client, { account, ...typedData }),
  );
}
