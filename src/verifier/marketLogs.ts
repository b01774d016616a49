// SPDX-License-Identifier: MIT
import type { Log, TransactionReceipt } from "viem";

import type { RequestEvent } from "../client/actions/getRequestEvents.ts";
import { type MarketEvent, marketEventsOf } from "../client/events.ts";
import { type Evidence, hasEvidence } from "../protocol/evidence.ts";
import type { RequestId } from "../protocol/ids.ts";
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

/** Whether this is the event of the transaction that brought evidence of this kind. */
export function bringsEvidence({ eventName, args }: RequestEvent, kind: Evidence): boolean {
  if (eventName === "ResultDelivered") return hasEvidence(args.evidence, kind);
  return eventName === "EvidenceAdded" && args.kind === kind;
}

/** The transaction that the receipt names as its settlement, and what the market emitted about the request in it. */
export async function readSettlement(context: VerificationContext): Promise<{
  transaction: TransactionReceipt;
  events: MarketEvent[];
  final: Named<"RequestFinal">;
}> {
  const { client, receipt } = context;
  const { requestId, settledAt, market } = receipt;
  const transaction = await readTransactionReceipt(client, settledAt.transactionHash);
  const events = marketEventsOf(transaction, market);
  const final = findRequestEvent(events, "RequestFinal", requestId);
  demand(
    final !== undefined,
    "The settlement's transaction did not make this request final on this market.",
  );
  return { transaction, events, final };
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
