// SPDX-License-Identifier: MIT
import { formatEther, parseEther } from "viem";
import { getBalance, getBlockNumber } from "viem/actions";

import { getNode } from "../../client/actions/getNode.ts";
import { withCallErrors } from "../../client/revert.ts";
import type { ReadyChecks } from "../http/ready.ts";
import type { Database } from "../../store/index.ts";
import type { Shared } from "../shared.ts";
import type { NodeOptions } from "../types.ts";
import { pingDatabase } from "./database-sources.ts";
import type { SeenHead } from "./node-sources.ts";

const MAX_BLOCKS_BEHIND = 5;
const MIN_FEE_WEI = parseEther("0.01");

/** Whether work may be sent to this node: see docs/operators.md. */
export function readyChecks(
  { chain, signal }: Shared,
  options: Pick<NodeOptions, "ready">,
  parts: { head: () => SeenHead | undefined; database: Database },
): ReadyChecks {
  const { client, deployment, address: node } = chain;
  const { maxBlocksBehind = MAX_BLOCKS_BEHIND, minFeeWei = MIN_FEE_WEI } = options.ready ?? {};

  return {
    running: async () => ({ ok: !signal.aborted, detail: signal.aborted ? "stopping" : "running" }),
    chain: async () => {
      const seen = parts.head();
      if (seen === undefined) return { ok: false, detail: "no block was followed yet" };
      const newest = await withCallErrors(
        "eth_blockNumber",
        getBlockNumber(client, { cacheTime: 0 }),
      );
      const behind = Math.max(0, Number(newest - seen.number));
      const detail = `${behind} blocks behind, at most ${maxBlocksBehind}`;
      return { ok: behind <= maxBlocksBehind, detail };
    },
    database: async () => {
      await pingDatabase(parts.database);
      return { ok: true, detail: "answers" };
    },
    registered: async () => {
      const { since, retiredAt } = await getNode(client, { deployment, node });
      if (retiredAt !== 0) return { ok: false, detail: "retired" };
      return { ok: since !== 0, detail: since === 0 ? "not registered" : "registered" };
    },
    fees: async () => {
      const wei = await withCallErrors("eth_getBalance", getBalance(client, { address: node }));
      const detail = `${formatEther(wei)} ether, at least ${formatEther(minFeeWei)}`;
      return { ok: wei >= minFeeWei, detail };
    },
  };
}
