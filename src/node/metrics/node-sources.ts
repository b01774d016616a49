// SPDX-License-Identifier: MIT
import { erc20Abi, isAddressEqual, zeroAddress } from "viem";
import { getBalance } from "viem/actions";

import { getLedgerBalance } from "../../client/actions/getLedgerBalance.ts";
import { getModelStake } from "../../client/actions/getModelStake.ts";
import { getNode } from "../../client/actions/getNode.ts";
import { read } from "../../client/call.ts";
import { Evidence, hasEvidence, PATHS, type Path } from "../../protocol/evidence.ts";
import { isTerminal, State } from "../../protocol/state.ts";
import type { Head } from "../follower/index.ts";
import type { TrackedRequest } from "../request-book.ts";
import type { Shared } from "../shared.ts";
import type { MetricSources, QueueSample } from "./sources.ts";
import type { Tally } from "./tally.ts";
import { slowestPath, type Timings } from "./timings.ts";

/** The newest block, and when the follower last told of it. */
export interface SeenHead extends Head {
  seenAt: number;
}

/** What every node has: its chain, its book of requests and its task pools. */
export function nodeSources(parts: {
  shared: Shared;
  tally: Tally;
  timings: Timings;
  head: () => SeenHead | undefined;
}): Partial<MetricSources> {
  const { shared, tally, timings, head } = parts;
  const { chain, book, models } = shared;
  const { client, deployment, address: node } = chain;
  let known: number | undefined;
  const decimals = async (): Promise<number> => {
    const address = deployment.token;
    known ??= await read(client, { address, abi: erc20Abi, functionName: "decimals" });
    return known;
  };

  return {
    queues: async () => lanesOf(shared, timings),
    deadlines: async () => {
      const now = head()?.timestamp;
      const due = [...book.pending()].filter((tracked) => misses(tracked, node));
      if (now === undefined || due.length === 0) return undefined;
      return Math.min(...due.map(({ request }) => request.proveBy)) - now;
    },
    balances: async () => ({
      keys: await Promise.all(
        [node, ...chain.gasPayers.map(({ address }) => address)].map(async (address) => ({
          address,
          wei: await getBalance(client, { address }),
        })),
      ),
      ledger: await getLedgerBalance(client, { deployment, account: node }),
      decimals: await decimals(),
    }),
    stake: async () => {
      const registered = await getNode(client, { deployment, node });
      const stakes = await Promise.all(
        models.all().map(({ id }) => getModelStake(client, { deployment, node, modelId: id })),
      );
      const opted = stakes.reduce((sum, stake) => sum + stake.opted, 0n);
      const atRisk = stakes.reduce((sum, stake) => sum + stake.locked, 0n);
      const total = registered.stake + registered.unbonding + opted;
      return { total, opted, atRisk, decimals: await decimals() };
    },
    // Before the first block was followed the sums are not those of the chain.
    tally: async () => (head() === undefined ? undefined : tally.sample(await decimals())),
  };
}

/** Own requests whose result or proof is still to come, by path. */
function lanesOf({ book, chain, tasks, quick }: Shared, timings: Timings): QueueSample[] {
  const running = new Set([...tasks.running(), ...quick.running()].map((key) => key.split(":")[1]));
  const lanes = new Map<Path, QueueSample>(
    PATHS.map((lane) => [lane, { lane, depth: 0, active: 0, oldestSeconds: 0, deadLetters: 0 }]),
  );
  for (const tracked of book.pending()) {
    const { id, request, state } = tracked;
    const lane = lanes.get(slowestPath(request.requiredEvidence));
    const isNamed = state === State.OPEN && isAddressEqual(request.node, chain.address);
    const isAssigned = state === State.ASSIGNED && isAddressEqual(tracked.node, chain.address);
    if (lane === undefined || !(isNamed || isAssigned || misses(tracked, chain.address))) continue;
    if (running.has(id)) lane.active += 1;
    else lane.depth += 1;
    lane.oldestSeconds = Math.max(lane.oldestSeconds, timings.ageOf(id) ?? 0);
  }
  return [...lanes.values()];
}

/** Whether this node delivered a result whose required proof or signature is missing. */
function misses(tracked: TrackedRequest, own: `0x${string}`): boolean {
  const { state, node, request, evidence } = tracked;
  if (isTerminal(state) || state !== State.DELIVERED) return false;
  if (node === zeroAddress || !isAddressEqual(node, own)) return false;
  return [Evidence.TEE, Evidence.ZKML].some(
    (kind) => hasEvidence(request.requiredEvidence, kind) && !hasEvidence(evidence, kind),
  );
}
