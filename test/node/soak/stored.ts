// SPDX-License-Identifier: MIT
// What the daemons of a soak have stored in the end: the events that a follower finds which starts now, and no transaction
// that is still to be mined.
import { join } from "node:path";

import { expect } from "chai";
import { pino } from "pino";
import { type Hex, isAddressEqual } from "viem";

import { orderTopic } from "../../../src/client/orders.ts";
import { schemaOf } from "../../../src/node/database.ts";
import { createProvider, Follower } from "../../../src/node/follower/index.ts";
import type { RequestId } from "../../../src/protocol/index.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { eventually, type World } from "../world.ts";
import type { Asked } from "./clients.ts";
import type { Soaked } from "./run.ts";

/** Seconds after a request's last date that its events are kept, at least. */
const KEPT = 3_600;
const WAIT_MS = 120_000;
const CLAIMS_FINAL = orderTopic("ClaimsFinal");

interface EventRow extends Record<string, unknown> {
  block_number: bigint;
  topics: Hex[];
  request_id: RequestId | null;
}

/** Compares every daemon; returns of how many requests events were forgotten, which none may be too early. */
export async function expectStoredEvents({ world, asked, posts }: Soaked): Promise<number> {
  const controller = new AbortController();
  const fresh = await openDatabase({ location: "memory:", schema: "fresh" });
  try {
    await followAll(world, fresh, controller.signal);
    const all = await eventsOf(fresh);
    const { timestamp } = await world.chain.getBlock();
    const isPast = ({ request }: Asked) => request.refundAfter + KEPT < Number(timestamp);
    const roots = all.filter(({ topics: [topic] }) => topic === CLAIMS_FINAL);
    let forgotten = 0;
    for (const { name, address: node } of posts) {
      // Of others' orders, and so of what they were claimed with, a node needs nothing once they have ended.
      const isOthers = ({ planned, request }: Asked) =>
        planned.isOrder && !isAddressEqual(request.node, node);
      const over = new Set([
        ...asked.filter((each) => isPast(each) || isOthers(each)).map(({ id }) => id.toLowerCase()),
        ...roots.map(({ topics: [, root = ""] }) => root),
      ]);
      const schema = await schemaOf(world.client, { deployment: world.deployment, node });
      const database = await openDatabase({ location: join(world.root, name), schema });
      try {
        forgotten += await expectEvents(name, database, all, over);
        const open = await database.query(
          "SELECT action, state, failure FROM intents WHERE state = 'signed'",
        );
        expect(open, `transactions of ${name} that are not mined`).to.deep.equal([]);
      } finally {
        await database.close();
      }
    }
    return forgotten;
  } finally {
    controller.abort();
    await fresh.close();
  }
}

async function expectEvents(
  name: string,
  database: Database,
  all: readonly EventRow[],
  over: ReadonlySet<string>,
): Promise<number> {
  const [cursor] = await database.query<{ followed_to: bigint }>("SELECT followed_to FROM cursor");
  const to = cursor?.followed_to ?? 0n;
  const stored = await eventsOf(database);
  const kept = new Set(stored.map(({ request_id: id }) => id));
  const pruned = new Set<string>();
  const expected = all.filter(({ block_number: number, request_id: id }) => {
    if (number > to) return false;
    if (id === null || kept.has(id)) return true;
    pruned.add(id);
    return false;
  });
  const early = [...pruned].filter((id) => !over.has(id));
  expect(early, `requests that ${name} forgot too early`).to.deep.equal([]);
  // Compared first by length: a difference of thousands cannot be printed.
  expect(stored.length, `events that ${name} stored`).to.equal(expected.length);
  for (const [at, event] of stored.entries())
    expect(event, `event ${at} of ${name}`).to.deep.equal(expected[at]);
  return pruned.size;
}

async function followAll(world: World, fresh: Database, signal: AbortSignal): Promise<void> {
  const follower = new Follower({
    database: fresh,
    chain: { deployment: world.deployment, isLocal: true },
    providers: [createProvider(world.rpcUrl)],
    views: [],
    onHead: () => {},
    pollingIntervalMs: 100,
    logger: pino({ level: "silent" }),
    signal,
  });
  const head = await world.chain.getBlockNumber({ cacheTime: 0 });
  await eventually(
    "a fresh follower is there",
    async () => {
      await follower.sync();
      return (follower.statistics.head?.number ?? 0n) >= head ? true : undefined;
    },
    WAIT_MS,
  );
}

function eventsOf(database: Database): Promise<EventRow[]> {
  return database.query<EventRow>(
    `SELECT block_number, log_index, block_hash, transaction_hash, address, topics, data, request_id
     FROM events ORDER BY block_number, log_index`,
  );
}
