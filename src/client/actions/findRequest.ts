// SPDX-License-Identifier: MIT
import { type Client, isAddressEqual, parseEventLogs } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { RequestId } from "../../protocol/ids.ts";
import type { Request } from "../../protocol/request.ts";
import { type AbortedError, RequestNotFoundError } from "../errors.ts";
import { type LogSearchOptions, marketTopic, searchLogs } from "../logs.ts";
import { readOrder, type ReadOrdersErrorType } from "../orderCall.ts";
import { ORDER_TOPICS, type OrderDeployment, orderEventsIn } from "../orders.ts";

export interface FindRequestParameters extends LogSearchOptions {
  deployment: OrderDeployment;
  id: RequestId;
}
export type FindRequestReturnType = Request;
export type FindRequestErrorType = ReadOrdersErrorType | AbortedError | RequestNotFoundError;

/**
 * The request behind an id, from the event that opened it, or from the transaction that brought its order. Contracts store
 * no requests: every call about one carries it.
 *
 * @example
 * const request = await findRequest(client, { deployment, id });
 * const result = await findResult(client, { deployment, id });
 * await finalize(client, { deployment, request, result });
 */
export async function findRequest(
  client: Client,
  parameters: FindRequestParameters,
): Promise<FindRequestReturnType> {
  const { deployment, id, ...options } = parameters;
  const { market, orderSettler } = deployment;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [market, orderSettler],
    topics: [[marketTopic("RequestOpened"), ...ORDER_TOPICS], id],
    first: true,
  });
  const at = (contract: typeof market) =>
    logs.filter(({ address }) => isAddressEqual(address, contract));
  const [opened] = parseEventLogs({
    abi: inferenceMarketAbi,
    eventName: "RequestOpened",
    logs: at(market),
  });
  if (opened !== undefined) return opened.args.request;

  const [event] = orderEventsIn(at(orderSettler));
  if (event === undefined) throw new RequestNotFoundError(id);
  const { transactionHash } = event;
  return (await readOrder(client, { deployment, transactionHash, id })).order.request;
}
