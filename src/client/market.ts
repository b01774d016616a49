// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import type { Payout } from "../protocol/market.ts";
import type { DeploymentWith } from "./deployment.ts";
import { type MarketEvent, marketEventsOf, payoutIn } from "./events.ts";
import { transact, type WriteOptions, type WriteReturnType } from "./transact.ts";

/** What every write to the market takes besides its own parameters. */
export interface MarketWriteOptions extends WriteOptions {
  deployment: DeploymentWith<"market">;
}

/** What every write to the market returns. */
export interface MarketWriteReturnType extends WriteReturnType {
  /** Everything the market emitted in the transaction, decoded. */
  events: MarketEvent[];
  /** Who got what, if the transaction made the request final. */
  payout: Payout | undefined;
}

/** Sends an encoded call to the market and decodes what it emitted. */
export async function callMarket(
  client: Client,
  parameters: MarketWriteOptions & { functionName: string; data: Hex },
): Promise<MarketWriteReturnType> {
  const { deployment, ...call } = parameters;
  const { chainId, market } = deployment;
  const { hash, receipt } = await transact(client, { ...call, chainId, to: market });
  const events = marketEventsOf(receipt, market);
  return { hash, receipt, events, payout: payoutIn(receipt, market) };
}
