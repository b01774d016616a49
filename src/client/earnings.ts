// SPDX-License-Identifier: MIT
import type { Client, ContractEventName, Hex, ParseEventLogsReturnType } from "viem";

import { orderSettlerAbi } from "../abi/orderSettler.ts";
import type { DeploymentWith } from "./deployment.ts";
import { eventsOf } from "./events.ts";
import { transact, type WriteOptions, type WriteReturnType } from "./transact.ts";

/** The contracts that settle requests, each of which keeps what nodes earned by it. */
export const EARNINGS_CONTRACTS = ["market", "orderSettler", "batchSettler"] as const;
export type EarningsContract = (typeof EARNINGS_CONTRACTS)[number];

/** The part of `INodeEarnings`, which all of them are, is in the ABI of each. */
export const earningsAbi = orderSettlerAbi;

/** Where the earnings are that an action is about. */
export interface EarningsPlace {
  deployment: DeploymentWith<EarningsContract>;
  /** Which contract settled the requests: `market` if not given. */
  at?: EarningsContract;
}

/** What every write about earnings takes besides its own parameters. */
export interface EarningsWriteOptions extends EarningsPlace, WriteOptions {}

type EarningsEventName = "EarningsCollected" | "PoolPaid" | "PoolDrawRenewed";

/** What every write about earnings returns. */
export interface EarningsWriteReturnType extends WriteReturnType {
  /** Everything the contract emitted about earnings in the transaction, decoded. */
  events: ParseEventLogsReturnType<
    typeof earningsAbi,
    Extract<ContractEventName<typeof earningsAbi>, EarningsEventName>[],
    true
  >;
}

/** Sends an encoded call to the contract that keeps the earnings and decodes what it emitted. */
export async function callEarnings(
  client: Client,
  parameters: EarningsWriteOptions & { functionName: string; data: Hex },
): Promise<EarningsWriteReturnType> {
  const { deployment, at = "market", ...call } = parameters;
  const { chainId, [at]: to } = deployment;
  const { hash, receipt } = await transact(client, { ...call, chainId, to });
  const events = ["EarningsCollected", "PoolPaid", "PoolDrawRenewed"] as const;
  const emitted = events.flatMap((eventName) =>
    eventsOf(receipt.logs, { abi: earningsAbi, address: to, eventName }),
  );
  return { hash, receipt, events: emitted };
}
