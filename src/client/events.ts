// SPDX-License-Identifier: MIT
import {
  type Abi,
  type Address,
  type ContractEventName,
  isAddressEqual,
  type Log,
  parseEventLogs,
  type ParseEventLogsReturnType,
  type TransactionReceipt,
} from "viem";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import type { Payout } from "../protocol/market.ts";
import { EventMissingError } from "./errors.ts";

/** A market's event of any name, decoded. */
export type MarketEvent = ParseEventLogsReturnType<
  typeof inferenceMarketAbi,
  ContractEventName<typeof inferenceMarketAbi>[],
  true
>[number];

/** The events that one contract emitted, decoded; those of other contracts are left out. */
export function eventsOf<const abi extends Abi, name extends ContractEventName<abi>>(
  logs: readonly Log[],
  parameters: { abi: abi; address: Address; eventName: name },
): ParseEventLogsReturnType<abi, name, true> {
  const { abi, address, eventName } = parameters;
  const own = logs.filter((log) => isAddressEqual(log.address, address));
  return parseEventLogs({ abi, eventName, logs: own });
}

/** The one event that a successful call must have emitted. */
export function expectEvent<const abi extends Abi, name extends ContractEventName<abi>>(
  receipt: TransactionReceipt,
  parameters: { abi: abi; address: Address; eventName: name },
): ParseEventLogsReturnType<abi, name, true>[number] {
  const [event] = eventsOf(receipt.logs, parameters);
  if (event === undefined) {
    throw new EventMissingError(parameters.eventName, receipt.transactionHash);
  }
  return event;
}

/** What the market emitted in one transaction. */
export function marketEventsOf(receipt: TransactionReceipt, market: Address): MarketEvent[] {
  const own = receipt.logs.filter((log) => isAddressEqual(log.address, market));
  return parseEventLogs({ abi: inferenceMarketAbi, logs: own });
}

/** The payout, if the transaction made a request final. */
export function payoutIn(receipt: TransactionReceipt, market: Address): Payout | undefined {
  const parameters = {
    abi: inferenceMarketAbi,
    address: market,
    eventName: "RequestFinal",
  } as const;
  return eventsOf(receipt.logs, parameters)[0]?.args.payout;
}
