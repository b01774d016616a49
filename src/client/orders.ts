// SPDX-License-Identifier: MIT
// Orders leave no record: what the chain says about them are the settler's events, and the calldata that brought them.
import {
  type Client,
  type Hex,
  isAddressEqual,
  type Log,
  pad,
  parseEventLogs,
  type ParseEventLogsReturnType,
  toEventSelector,
} from "viem";
import { getTransactionReceipt } from "viem/actions";
import { getAbiItem } from "viem/utils";

import { orderSettlerAbi } from "../abi/orderSettler.ts";
import { Evidence, type EvidenceSet, toEvidenceSet } from "../protocol/evidence.ts";
import type { Hex32, RequestId } from "../protocol/ids.ts";
import { merkleProof } from "../protocol/merkle.ts";
import { resultIn } from "../protocol/request.ts";
import { Escrow, type RequestRecord, State } from "../protocol/state.ts";
import { assayDomain, hashResult, subjectOf } from "../protocol/typed-data.ts";
import type { DeploymentWith } from "./deployment.ts";
import { EventMissingError } from "./errors.ts";
import { type LogSearchOptions, searchLogs } from "./logs.ts";
import { readOrder } from "./orderCall.ts";
import { withCallErrors } from "./revert.ts";

/** What is read of orders is bound to market and settler. */
export type OrderDeployment = DeploymentWith<"market" | "orderSettler" | "block">;

type Named<name extends "OrderSettled" | "OrderClaimed" | "ClaimsEntered" | "ClaimsFinal"> =
  ParseEventLogsReturnType<typeof orderSettlerAbi, name, true>[number];

/** That an order was settled without a record: final at once, or claimed. */
export type OrderEvent = Named<"OrderSettled"> | Named<"OrderClaimed">;

/** The claims that one order was entered with. */
export interface EnteredClaims {
  entered: Named<"ClaimsEntered">;
  /** Leads from the order's claim to the root. */
  proof: Hex32[];
}

/** The selector of one of the settler's events. */
export function orderTopic(
  name: "OrderSettled" | "OrderClaimed" | "ClaimsFinal" | "ClaimExtracted",
): Hex {
  return toEventSelector(getAbiItem({ abi: orderSettlerAbi, name }));
}

/** The topics of both events that settle an order. */
export const ORDER_TOPICS: Hex[] = [orderTopic("OrderSettled"), orderTopic("OrderClaimed")];

/** How the settler settled an order without a record; undefined if it did not. */
export async function findOrderEvent(
  client: Client,
  parameters: LogSearchOptions & { deployment: OrderDeployment; id: RequestId },
): Promise<OrderEvent | undefined> {
  const { deployment, id, ...options } = parameters;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [deployment.orderSettler],
    topics: [ORDER_TOPICS, id],
    first: true,
  });
  return orderEventsIn(logs)[0];
}

/** The events of logs that settle orders. */
export function orderEventsIn(logs: Log[]): OrderEvent[] {
  return parseEventLogs({
    abi: orderSettlerAbi,
    eventName: ["OrderSettled", "OrderClaimed"],
    logs,
  });
}

/** The claims that an order was entered with, by the logs of its transaction. */
export async function readClaims(
  client: Client,
  parameters: { deployment: DeploymentWith<"market" | "orderSettler">; event: OrderEvent },
): Promise<EnteredClaims> {
  const { deployment, event } = parameters;
  const { transactionHash: hash } = event;
  const { logs } = await withCallErrors(
    "eth_getTransactionReceipt",
    getTransactionReceipt(client, { hash }),
  );
  const found = claimsIn(logs, deployment, event.args.id);
  if (found === undefined) throw new EventMissingError("ClaimsEntered", hash);
  return found;
}

/** Where a claim is in the logs of a transaction: under the root that is entered after it, with what was claimed with it. */
export function claimsIn(
  logs: readonly Log[],
  deployment: DeploymentWith<"market" | "orderSettler">,
  id: RequestId,
): EnteredClaims | undefined {
  const own = logs.filter(({ address }) => isAddressEqual(address, deployment.orderSettler));
  const events = parseEventLogs({
    abi: orderSettlerAbi,
    eventName: ["OrderClaimed", "ClaimsEntered"],
    logs: own,
  });
  let claimed: { id: RequestId; digest: Hex32 }[] = [];
  for (const event of events) {
    if (event.eventName === "OrderClaimed") {
      const result = { ...resultIn(event.args), requestId: event.args.id };
      claimed.push({ id: event.args.id, digest: hashResult(assayDomain(deployment), result) });
      continue;
    }
    const place = claimed.findIndex((claim) => claim.id === id);
    const leaves = claimed.map(({ digest }) => digest);
    if (place >= 0) return { entered: event, proof: merkleProof(leaves, place) };
    claimed = [];
  }
  return undefined;
}

/** That the claims became final; undefined while they are not. */
export async function findClaimsFinal(
  client: Client,
  parameters: LogSearchOptions & {
    deployment: OrderDeployment;
    entered: Named<"ClaimsEntered">;
  },
): Promise<Named<"ClaimsFinal"> | undefined> {
  const { deployment, entered, ...options } = parameters;
  const { root, node } = entered.args;
  const logs = await searchLogs(client, {
    fromBlock: entered.blockNumber,
    ...options,
    deployment,
    addresses: [deployment.orderSettler],
    topics: [orderTopic("ClaimsFinal"), root, pad(node)],
    first: true,
  });
  return parseEventLogs({ abi: orderSettlerAbi, eventName: "ClaimsFinal", logs })[0];
}

/** The record that an order would have, of what the settler emitted about it. */
export async function readOrderRecord(
  client: Client,
  parameters: { deployment: OrderDeployment; event: OrderEvent; toBlock?: bigint },
): Promise<RequestRecord> {
  const { deployment, event, ...options } = parameters;
  const shared = { escrow: Escrow.FEE, subject: subjectOf(resultIn(event.args)) };
  if (event.eventName === "OrderSettled") {
    const { transactionHash } = event;
    const { order } = await readOrder(client, { deployment, transactionHash, id: event.args.id });
    return { ...shared, state: State.FINAL, evidence: evidenceWith(order.kind), clock: 0 };
  }
  const { entered } = await readClaims(client, { deployment, event });
  const final = await findClaimsFinal(client, { deployment, entered, ...options });
  const state = final === undefined ? State.DELIVERED : State.FINAL;
  const { clock } = entered.args.claims;
  return { ...shared, state, evidence: evidenceWith(Evidence.VANILLA), clock };
}

/** A result always carries its node's claim. */
export function evidenceWith(kind: Evidence): EvidenceSet {
  return toEvidenceSet([Evidence.VANILLA, kind]);
}
