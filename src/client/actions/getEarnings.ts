// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import type { Earnings } from "../../protocol/market.ts";
import { read, type ReadOptions } from "../call.ts";
import { earningsAbi, type EarningsPlace } from "../earnings.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetEarningsParameters extends ReadOptions, EarningsPlace {
  node: Address;
}
export type GetEarningsReturnType = Earnings;
export type GetEarningsErrorType = ReadErrorType;

/**
 * What a node's requests brought in at one contract and nobody has moved yet.
 *
 * @example
 * const { own, pool } = await getEarnings(client, { deployment, node, at: "orderSettler" });
 */
export async function getEarnings(
  client: Client,
  parameters: GetEarningsParameters,
): Promise<GetEarningsReturnType> {
  const { deployment, node, at = "market", ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment[at],
    abi: earningsAbi,
    functionName: "earningsOf",
    args: [node],
  });
}
