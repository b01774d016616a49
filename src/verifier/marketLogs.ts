// SPDX-License-Identifier: MIT
import {
  type Address,
  isAddressEqual,
  type Log,
  parseEventLogs,
  type TransactionReceipt,
} from "viem";

import { orderSettlerAbi } from "../abi/orderSettler.ts";
import type { RequestEvent } from "../client/actions/getRequestEvents.ts";
import { type MarketEvent, marketEventsOf } from "../client/events.ts";
import { type OrderEvent, orderEventsIn, readClaims } from "../client/orders.ts";
import { type Evidence, type EvidenceSet, hasEvidence } from "../protocol/evidence.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { Payout } from "../protocol/market.ts";
import { readTransactionReceipt } from "./chainReads.ts";
import type { VerificationContext } from "./context.ts";
import { demand } from "./report.ts";

type Named<name extends MarketEvent["eventName"]> = Extract<MarketEvent, { eventName: name }>;

/** The market's event of this name about one request, in a mined transaction. */
export function findRequestEvent<name extends MarketEvent["eventName"]>(
  events: readonly MarketEvent[],
  eventName: name,
  id: RequestId,
): Named<name> | undefined {
  return events.find(
    (event): event is Named<name> =>
      event.eventName === eventName && "id" in event.args && event.args.id === id,
  );
}

/** Whether this is the event of the transaction that brought evidence of this kind; of an order all came at once. */
export function bringsEvidence({ eventName, args }: RequestEvent, kind: Evidence): boolean {
  if (eventName === "ResultDelivered") return hasEvidence(args.evidence, kind);
  return eventName === "EvidenceAdded" && args.kind === kind;
}

/** What the chain says about the transaction that a receipt names as its settlement. */
export interface ReadSettlement {
  transaction: TransactionReceipt;
  node: Address;
  isRescue: boolean;
  /** What the market says that it was final with, and what it paid; the settler does not say it of each order. */
  market: { evidence: EvidenceSet; payout: Payout } | undefined;
}

/** The transaction that the receipt names as its settlement: there the market, or the order settler, made it final. */
export async function readSettlement(context: VerificationContext): Promise<ReadSettlement> {
  const { client, receipt, readOrderEvent } = context;
  const transaction = await readTransactionReceipt(client, receipt.settledAt.transactionHash);
  const event = await readOrderEvent();
  if (event !== undefined) {
    await demandOrderFinal(context, event, transaction);
    return { transaction, node: event.args.node, isRescue: false, market: undefined };
  }

  const { requestId, market } = receipt;
  const events = marketEventsOf(transaction, market);
  const final = findRequestEvent(events, "RequestFinal", requestId);
  demand(
    final !== undefined,
    "The settlement's transaction did not make this request final on this market.",
  );
  const { node, evidence, payout } = final.args;
  const isRescue = findRequestEvent(events, "RequestRescued", requestId) !== undefined;
  return { transaction, node, isRescue, market: { evidence, payout } };
}

/** What the order settler emitted in a mined transaction about one order. */
export function orderEventIn(
  { deployment, receipt }: VerificationContext,
  { logs }: TransactionReceipt,
): OrderEvent | undefined {
  const own = logs.filter(({ address }) => isAddressEqual(address, deployment.orderSettler));
  return orderEventsIn(own).find(({ args }) => args.id === receipt.requestId);
}

/** An order is final where it was settled, a claim where all are that were claimed with it. */
async function demandOrderFinal(
  context: VerificationContext,
  event: OrderEvent,
  transaction: TransactionReceipt,
): Promise<void> {
  const { client, deployment } = context;
  if (event.eventName === "OrderSettled") {
    demand(
      orderEventIn(context, transaction)?.eventName === "OrderSettled",
      "The settlement's transaction did not settle this order.",
    );
    return;
  }
  const { entered } = await readClaims(client, { deployment, event });
  const { root, node } = entered.args;
  const logs = transaction.logs.filter(({ address }) =>
    isAddressEqual(address, deployment.orderSettler),
  );
  const ends = parseEventLogs({ abi: orderSettlerAbi, eventName: "ClaimsFinal", logs });
  const final = ends.find(({ args }) => args.root === root && isAddressEqual(args.node, node));
  demand(
    final !== undefined && isBefore(positionOf(entered), positionOf(final)),
    "The settlement's transaction did not make the claims of this order final.",
  );
}

/** Whether a log comes before another one in the chain's history. */
export function isBefore(a: Position, b: Position): boolean {
  if (a.blockNumber !== b.blockNumber) return a.blockNumber < b.blockNumber;
  return a.logIndex < b.logIndex;
}

/** Where in the chain's history a mined log stands. */
export interface Position {
  blockNumber: bigint;
  logIndex: number;
}

/** The place of a log; a pending one, which has none, is the last. */
export function positionOf(log: Pick<Log, "blockNumber" | "logIndex">): Position {
  return {
    blockNumber: log.blockNumber ?? 2n ** 64n,
    logIndex: log.logIndex ?? Number.MAX_SAFE_INTEGER,
  };
}
