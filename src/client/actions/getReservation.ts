// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import type { Reservation } from "../../protocol/market.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetReservationParameters extends ReadOptions {
  deployment: DeploymentWith<"market">;
  client: Address;
  node: Address;
}
export type GetReservationReturnType = Reservation;
export type GetReservationErrorType = ReadErrorType;

/**
 * What a client has set aside for one node.
 *
 * @example
 * const { amount, until } = await getReservation(client, { deployment, client: account.address, node });
 */
export async function getReservation(
  client: Client,
  parameters: GetReservationParameters,
): Promise<GetReservationReturnType> {
  const { deployment, client: owner, node, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "reservationOf",
    args: [owner, node],
  });
}
