// SPDX-License-Identifier: MIT
import { type Address, type Client, parseSignature } from "viem";
import { getBlock, signTypedData } from "viem/actions";

import { erc20PermitAbi } from "../../abi/erc20Permit.ts";
import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { senderOf } from "../allowance.ts";
import { encodeCall, read } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import { withCallErrors } from "../revert.ts";
import { type SignErrorType, withSigner } from "../signing.ts";
import type { WriteErrorType } from "../transact.ts";

export interface DepositWithPermitParameters extends MarketWriteOptions {
  deployment: DeploymentWith<"market" | "token">;
  /** Whose balance is credited. */
  receiver: Address;
  /** Token units. */
  amount: bigint;
  /** Version of the token's EIP-712 domain; "1" if not given. */
  tokenVersion?: string;
}
export type DepositWithPermitReturnType = MarketWriteReturnType;
export type DepositWithPermitErrorType = WriteErrorType | SignErrorType;

/** Seconds that a permit is good for: time enough to be mined. */
const PERMIT_LIFE = 3_600n;

const PERMIT_TYPES = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/**
 * Deposits in one transaction, with an ERC-2612 permit instead of an approval. A permit that somebody else used first does
 * no harm.
 *
 * @example
 * await depositWithPermit(client, { deployment, receiver: account.address, amount: 5_000_000n });
 */
export async function depositWithPermit(
  client: Client,
  parameters: DepositWithPermitParameters,
): Promise<DepositWithPermitReturnType> {
  const { receiver, amount, tokenVersion = "1", ...options } = parameters;
  const { chainId, market, token } = options.deployment;
  const owner = senderOf(client, options.account, "depositWithPermit");

  const contract = { address: token, abi: erc20PermitAbi } as const;
  const [name, nonce, block] = await Promise.all([
    read(client, { ...contract, functionName: "name" }),
    read(client, { ...contract, functionName: "nonces", args: [owner] }),
    withCallErrors("eth_getBlockByNumber", getBlock(client)),
  ]);
  const deadline = block.timestamp + PERMIT_LIFE;
  const signature = await withSigner(client, { ...options, what: "permit" }, (account) =>
    signTypedData(client, {
      account,
      domain: { name, version: tokenVersion, chainId, verifyingContract: token },
      types: PERMIT_TYPES,
      primaryType: "Permit",
      message: { owner, spender: market, value: amount, nonce, deadline },
    }),
  );
  const { r, s, yParity } = parseSignature(signature);
  return callMarket(client, {
    ...options,
    functionName: "depositWithPermit",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "depositWithPermit",
      args: [receiver, amount, deadline, yParity + 27, r, s],
    }),
  });
}
