// SPDX-License-Identifier: MIT
import {
  type Client,
  type ContractEventName,
  type Hex,
  isAddressEqual,
  parseEventLogs,
  type ParseEventLogsReturnType,
} from "viem";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import { orderSettlerAbi } from "../abi/orderSettler.ts";
import type { DeploymentWith } from "./deployment.ts";
import { transact, type WriteOptions, type WriteReturnType } from "./transact.ts";

/** Some events are both contracts': of an order with a record, the market tells too. */
const ABI = [...orderSettlerAbi, ...inferenceMarketAbi] as const;

/** An event of the order settler or of the market, decoded. */
export type SettlerEvent = ParseEventLogsReturnType<
  typeof ABI,
  ContractEventName<typeof ABI>[],
  true
>[number];

/** What every write to the order settler takes besides its own parameters. */
export interface SettlerWriteOptions extends WriteOptions {
  deployment: DeploymentWith<"market" | "orderSettler">;
}

/** What every write to the order settler returns. */
export interface SettlerWriteReturnType extends WriteReturnType {
  /** Everything the settler and the market emitted in the transaction, decoded. */
  events: SettlerEvent[];
}

/** Sends an encoded call to the order settler and decodes what it and the market emitted. */
export async function callSettler(
  client: Client,
  parameters: SettlerWriteOptions & { functionName: string; data: Hex },
): Promise<SettlerWriteReturnType> {
  const { deployment, ...call } = parameters;
  const { chainId, market, orderSettler } = deployment;
  const { hash, receipt } = await transact(client, { ...call, chainId, to: orderSettler });
  const logs = receipt.logs.filter(({ address }) =>
    [market, orderSettler].some((contract) => isAddressEqual(contract, address)),
  );
  return { hash, receipt, events: parseEventLogs({ abi: ABI, logs }) };
}
