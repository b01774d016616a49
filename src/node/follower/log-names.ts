// SPDX-License-Identifier: MIT
import type { Log } from "viem";

import type { Deployment } from "../../client/deployment.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { decodeEvents } from "../events.ts";
import type { StoredLog } from "./block-store.ts";
import type { ChainLog } from "./types.ts";

/** Each log with the request that its event names, or else the root of claims. */
export function nameRequests(logs: readonly ChainLog[], deployment: Deployment): StoredLog[] {
  const names = new Map<string, RequestId>();
  for (const event of decodeEvents(logs.map(toLog), deployment)) {
    if ("id" in event.args) names.set(placeOf(event), event.args.id);
    else if ("root" in event.args) names.set(placeOf(event), event.args.root);
  }
  return logs.map((log) => ({ ...log, requestId: names.get(placeOf(log)) }));
}

const placeOf = ({ blockNumber, logIndex }: { blockNumber: bigint; logIndex: number }): string =>
  `${blockNumber}:${logIndex}`;

/** As viem decodes it; the place of the transaction in its block is not kept, nor used. */
export function toLog({ topics, ...log }: ChainLog): Log<bigint, number, false> {
  const [signature, ...indexed] = topics;
  return {
    ...log,
    topics: signature === undefined ? [] : [signature, ...indexed],
    transactionIndex: 0,
    removed: false,
  };
}
