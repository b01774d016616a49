// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { Reservation } from "../../protocol/order.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetReservationParameters extends ReadOptions {
  deployment: DeploymentWith<"orderSettler">;
  client: Address;
  node: Address;
  /** Whose signature its orders carry. */
  signer: Address;
}
export type GetReservationReturnType = Reservation;
export type GetReservationErrorType = ReadErrorType;

/**
 * What a client has set aside for one node's orders under one key, and which nonces they used.
 *
 * @example
 * const reservation = await getReservation(client, { deployment, client: address, node, signer: address });
 * const request = { ...order, nonce: nextNonce(reservation) };
 */
export async function getReservation(
  client: Client,
  parameters: GetReservationParameters,
): Promise<GetReservationReturnType> {
  const { deployment, client: owner, node, signer, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.orderSettler,
    abi: orderSettlerAbi,
    functionName: "reservationOf",
    args: [owner, node, signer],
  });
}
