// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { read, type ReadOptions } from "../call.ts";
import { earningsAbi, type EarningsPlace } from "../earnings.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetCheckerParameters extends ReadOptions, EarningsPlace {
  node: Address;
}
export type GetCheckerReturnType = Address;
export type GetCheckerErrorType = ReadErrorType;

/**
 * Whom `payPool` would pay now at one contract; the zero address if nobody.
 *
 * @example
 * const checker = await getChecker(client, { deployment, node, at: "orderSettler" });
 */
export async function getChecker(
  client: Client,
  parameters: GetCheckerParameters,
): Promise<GetCheckerReturnType> {
  const { deployment, node, at = "market", ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment[at],
    abi: earningsAbi,
    functionName: "checkerOf",
    args: [node],
  });
}
