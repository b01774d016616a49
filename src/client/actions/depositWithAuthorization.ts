// SPDX-License-Identifier: MIT
import { type Client, parseSignature } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { encodeCall } from "../call.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";
import type { DepositAuthorization } from "./signDeposit.ts";

export interface DepositWithAuthorizationParameters extends MarketWriteOptions {
  authorization: DepositAuthorization;
}
export type DepositWithAuthorizationReturnType = MarketWriteReturnType;
export type DepositWithAuthorizationErrorType = WriteErrorType;

/**
 * Deposits for somebody else, who signed {@link signDeposit} and whose balance is credited. Anyone may call it, once.
 *
 * @example
 * await depositWithAuthorization(relayer, { deployment, authorization });
 */
export async function depositWithAuthorization(
  client: Client,
  parameters: DepositWithAuthorizationParameters,
): Promise<DepositWithAuthorizationReturnType> {
  const { authorization, ...options } = parameters;
  const { payer, amount, validAfter, validBefore, nonce, signature } = authorization;
  const { r, s, yParity } = parseSignature(signature);
  return callMarket(client, {
    ...options,
    functionName: "depositWithAuthorization",
    data: encodeCall({
      abi: inferenceMarketAbi,
      functionName: "depositWithAuthorization",
      args: [payer, amount, validAfter, validBefore, nonce, yParity + 27, r, s],
    }),
  });
}
