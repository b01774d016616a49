// SPDX-License-Identifier: MIT
import {
  type Abi,
  type AbiEvent,
  type Address,
  type Client,
  type ContractEventName,
  formatLog,
  type Hex,
  type Log,
  numberToHex,
  parseEventLogs,
  type ParseEventLogsReturnType,
  toEventSelector,
} from "viem";
import { getBlockNumber } from "viem/actions";
import { getAbiItem } from "viem/utils";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { DeploymentWith } from "./deployment.ts";
import { AbortedError } from "./errors.ts";
import { withCallErrors } from "./revert.ts";

/** Which blocks are searched, and in which steps. */
export interface LogSearchOptions {
  /** The deployment's block if not given. */
  fromBlock?: bigint;
  /** The latest block if not given. */
  toBlock?: bigint;
  /** Blocks per call: RPC services limit them. 10,000 if not given. */
  blockRange?: bigint;
  signal?: AbortSignal;
}

const BLOCK_RANGE = 10_000n;

/** Every log of these contracts with these topics, oldest first; `null` stands for any topic, a list for any of it. */
export async function searchLogs(
  client: Client,
  parameters: LogSearchOptions & {
    deployment: DeploymentWith<"block">;
    addresses: Address[];
    topics: (Hex | Hex[] | null)[];
    /** Stops at the first step that finds something. */
    first?: boolean;
  },
): Promise<Log[]> {
  const { deployment, addresses, topics, signal, first = false } = parameters;
  const { fromBlock = deployment.block, blockRange = BLOCK_RANGE } = parameters;
  const toBlock = parameters.toBlock ?? (await readLatestBlock(client));

  const found: Log[] = [];
  for (let from = fromBlock; from <= toBlock; from += blockRange) {
    if (signal?.aborted) throw new AbortedError("The search for events", signal.reason);
    const end = from + blockRange - 1n;
    const filter = {
      address: addresses,
      topics,
      fromBlock: numberToHex(from),
      toBlock: numberToHex(end < toBlock ? end : toBlock),
    };
    const logs = await withCallErrors(
      "eth_getLogs",
      client.request({ method: "eth_getLogs", params: [filter] }),
    );
    found.push(...logs.map((log) => formatLog(log)));
    if (first && found.length > 0) break;
  }
  return found;
}

/** The market's event of this name about a request, if there is one: the first. */
export async function searchRequestEvent<name extends ContractEventName<typeof inferenceMarketAbi>>(
  client: Client,
  parameters: LogSearchOptions & {
    deployment: DeploymentWith<"market" | "block">;
    id: RequestId;
    eventName: name;
  },
): Promise<ParseEventLogsReturnType<typeof inferenceMarketAbi, name, true>[number] | undefined> {
  const { deployment, id, eventName, ...options } = parameters;
  const logs = await searchLogs(client, {
    ...options,
    deployment,
    addresses: [deployment.market],
    topics: [marketTopic(eventName), id],
    first: true,
  });
  return parseEventLogs({ abi: inferenceMarketAbi, eventName, logs })[0];
}

/** The selector of one of the market's events. */
export function marketTopic(eventName: ContractEventName<typeof inferenceMarketAbi>): Hex {
  const event = getAbiItem<Abi, string>({ abi: inferenceMarketAbi, name: eventName }) as AbiEvent;
  return toEventSelector(event);
}

/** Not from viem's cache: the event may be in the newest block. */
export function readLatestBlock(client: Client): Promise<bigint> {
  return withCallErrors("eth_blockNumber", getBlockNumber(client, { cacheTime: 0 }));
}
