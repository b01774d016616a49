// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { Request } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import type { EventMissingError } from "../errors.ts";
import { expectEvent } from "../events.ts";
import { callMarket, type MarketWriteOptions, type MarketWriteReturnType } from "../market.ts";
import type { WriteErrorType } from "../transact.ts";

export interface OpenRequestParameters extends MarketWriteOptions {
  request: Request;
}
export interface OpenRequestReturnType extends MarketWriteReturnType {
  /** Names the request everywhere from now on. */
  id: RequestId;
}
export type OpenRequestErrorType = WriteErrorType | EventMissingError;

/**
 * Opens a request and escrows its `maxFee` from the caller's balance in the market.
 *
 * @example
 * const { id } = await openRequest(client, { deployment, request });
 * const { record } = await waitForFinal(client, { deployment, id });
 */
export async function openRequest(
  client: Client,
  parameters: OpenRequestParameters,
): Promise<OpenRequestReturnType> {
  const { deployment, request, ...options } = parameters;
  const sent = await callMarket(client, {
    ...options,
    deployment,
    functionName: "openRequest",
    data: encodeCall({ abi: inferenceMarketAbi, functionName: "openRequest", args: [request] }),
  });
  const { args } = expectEvent(sent.receipt, {
    abi: inferenceMarketAbi,
    address: deployment.market,
    eventName: "RequestOpened",
  });
  return { ...sent, id: args.id };
}
