// SPDX-License-Identifier: MIT
import { type Address, type Client, formatLog, type Hex, type Log, numberToHex } from "viem";
import { getBlockNumber } from "viem/actions";

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

/** Every log of these contracts with these topics, oldest first; `null` stands for any topic. */
export async function searchLogs(
  client: Client,
  parameters: LogSearchOptions & {
    deployment: DeploymentWith<"block">;
    addresses: Address[];
    topics: (Hex | null)[];
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

/** Not from viem's cache: the event may be in the newest block. */
function readLatestBlock(client: Client): Promise<bigint> {
  return withCallErrors("eth_blockNumber", getBlockNumber(client, { cacheTime: 0 }));
}
