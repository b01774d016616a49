// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import type { RequestId } from "../protocol/ids.ts";
import { type Escrow, type RequestRecord, State } from "../protocol/state.ts";
import { read, type ReadOptions } from "./call.ts";
import type { DeploymentWith } from "./deployment.ts";
import { readLatestBlock } from "./logs.ts";
import { findOrderEvent, type OrderDeployment, readOrderRecord } from "./orders.ts";

/** Blocks below the newest that are searched again: a reorganisation may have replaced them. */
const UNSETTLED_BLOCKS = 128n;

/** What the market itself stores of a request; `state` is NONE if it does not know the id. */
export async function readMarketRecord(
  client: Client,
  parameters: ReadOptions & { deployment: DeploymentWith<"market">; id: RequestId },
): Promise<RequestRecord> {
  const { deployment, id, ...options } = parameters;
  const record = await read(client, {
    ...options,
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName: "recordOf",
    args: [id],
  });
  return { ...record, state: record.state as State, escrow: record.escrow as Escrow };
}

/**
 * Reads the record of one request, as often as it is called. What the market does not know may be an order, for which the
 * settler's events are searched: only the newest blocks after the first time.
 */
export function recordReader(
  client: Client,
  { deployment, id }: { deployment: OrderDeployment; id: RequestId },
): (options?: ReadOptions) => Promise<RequestRecord> {
  let fromBlock = deployment.block;
  return async (options = {}) => {
    const record = await readMarketRecord(client, { ...options, deployment, id });
    if (record.state !== State.NONE) return record;
    const toBlock = options.blockNumber ?? (await readLatestBlock(client));
    const event = await findOrderEvent(client, { deployment, id, fromBlock, toBlock });
    if (event !== undefined) return readOrderRecord(client, { deployment, event, toBlock });
    const settled = toBlock - UNSETTLED_BLOCKS;
    if (settled > fromBlock) fromBlock = settled;
    return record;
  };
}
