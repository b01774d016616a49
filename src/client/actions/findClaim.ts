// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import type { Hex32, ModelId, RequestId } from "../../protocol/ids.ts";
import { type Result, resultIn } from "../../protocol/request.ts";
import { type AbortedError, type EventMissingError, ResultNotFoundError } from "../errors.ts";
import type { LogSearchOptions } from "../logs.ts";
import { findOrderEvent, type OrderDeployment, readClaims } from "../orders.ts";
import type { ReadErrorType } from "../revert.ts";

export interface FindClaimParameters extends LogSearchOptions {
  deployment: OrderDeployment;
  id: RequestId;
}
export interface FindClaimReturnType {
  /** What was claimed. */
  result: Result;
  /** The four values that name the claims it was entered with. */
  node: Address;
  modelId: ModelId;
  dataNode: Address;
  root: Hex32;
  /** Leads from the claim to the root. */
  proof: Hex32[];
}
export type FindClaimErrorType =
  ReadErrorType | AbortedError | EventMissingError | ResultNotFoundError;

/**
 * How an order was claimed: its result, and the claims under one root that it is part of.
 *
 * @example
 * const { node, modelId, dataNode, root } = await findClaim(client, { deployment, id });
 * await finalizeClaims(client, { deployment, node, modelId, dataNode, root });
 */
export async function findClaim(
  client: Client,
  parameters: FindClaimParameters,
): Promise<FindClaimReturnType> {
  const { deployment, id } = parameters;
  const event = await findOrderEvent(client, parameters);
  if (event?.eventName !== "OrderClaimed") throw new ResultNotFoundError(id);
  const { entered, proof } = await readClaims(client, { deployment, event });
  const { node, modelId, dataNode, root } = entered.args;
  return { result: resultIn(event.args), node, modelId, dataNode, root, proof };
}
