// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import type { DeploymentWith } from "../deployment.ts";
import { EARNINGS_CONTRACTS, type EarningsContract } from "../earnings.ts";
import type { ReadErrorType } from "../revert.ts";
import type { WriteErrorType, WriteOptions } from "../transact.ts";
import { collect } from "./collect.ts";
import { getEarnings } from "./getEarnings.ts";

export interface CollectAllParameters extends Omit<WriteOptions, "nonce"> {
  deployment: DeploymentWith<EarningsContract>;
  node: Address;
}
/** Token units that were moved, by the contract where they were earned. */
export type CollectAllReturnType = Record<EarningsContract, bigint>;
export type CollectAllErrorType = ReadErrorType | WriteErrorType;

/**
 * Moves what a node earned, wherever it did, to the balance of its payout address: one transaction for each contract at
 * which there is something.
 *
 * @example
 * const { market, orderSettler } = await collectAll(client, { deployment, node });
 */
export async function collectAll(
  client: Client,
  parameters: CollectAllParameters,
): Promise<CollectAllReturnType> {
  const { deployment, node } = parameters;
  const moved = { market: 0n, orderSettler: 0n, batchSettler: 0n };
  for (const at of EARNINGS_CONTRACTS) {
    const { own } = await getEarnings(client, { deployment, node, at });
    if (own === 0n) continue;
    await collect(client, { ...parameters, at });
    moved[at] = own;
  }
  return moved;
}
