// SPDX-License-Identifier: MIT
import { bytesToHex, type Address, type Client, type Hex } from "viem";
import { getBlock, signTypedData } from "viem/actions";

import { erc20PermitAbi } from "../../abi/erc20Permit.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { senderOf } from "../allowance.ts";
import { read } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import { type ReadErrorType, withCallErrors } from "../revert.ts";
import { type SignErrorType, type SignOptions, withSigner } from "../signing.ts";

/** An account's word that the market may take `amount` of its tokens, for its own balance there. */
export interface DepositAuthorization {
  payer: Address;
  /** Token units. */
  amount: bigint;
  /** Unix seconds. */
  validAfter: bigint;
  /** Unix seconds. */
  validBefore: bigint;
  nonce: Hex32;
  signature: Hex;
}

export interface SignDepositParameters extends SignOptions {
  deployment: DeploymentWith<"market" | "token">;
  /** Token units. */
  amount: bigint;
  /** Seconds that it is good for; an hour if not given. */
  validFor?: number;
  /** Version of the token's EIP-712 domain; "1" if not given. */
  tokenVersion?: string;
}
export type SignDepositReturnType = DepositAuthorization;
export type SignDepositErrorType = ReadErrorType | SignErrorType;

const HOUR = 3_600;
const NONCE_BYTES = 32;

const AUTHORIZATION_TYPES = {
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
} as const;

/**
 * Signs an ERC-3009 authorisation of a deposit to the signer's own balance, which anybody can bring with
 * {@link depositWithAuthorization}: the signer needs no ether.
 *
 * @example
 * const authorization = await signDeposit(client, { deployment, amount: 5_000_000n });
 */
export async function signDeposit(
  client: Client,
  parameters: SignDepositParameters,
): Promise<SignDepositReturnType> {
  const { deployment, amount, validFor = HOUR, tokenVersion = "1", ...options } = parameters;
  const { chainId, market, token } = deployment;
  const payer = senderOf(client, options.account, "signDeposit");
  const [name, block] = await Promise.all([
    read(client, { address: token, abi: erc20PermitAbi, functionName: "name" }),
    withCallErrors("eth_getBlockByNumber", getBlock(client)),
  ]);
  const terms = {
    validAfter: 0n,
    validBefore: block.timestamp + BigInt(validFor),
    nonce: bytesToHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES))),
  };
  const signature = await withSigner(client, { ...options, what: "deposit" }, (account) =>
    signTypedData(client, {
      account,
      domain: { name, version: tokenVersion, chainId, verifyingContract: token },
      types: AUTHORIZATION_TYPES,
      primaryType: "ReceiveWithAuthorization",
      message: { from: payer, to: market, value: amount, ...terms },
    }),
  );
  return { payer, amount, ...terms, signature };
}
