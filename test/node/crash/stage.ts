// SPDX-License-Identifier: MIT
// One chain for many lives of a daemon: each begins at a snapshot of it, with the folder as it was then, and ends with a
// comparison of what the chain says, what the daemon stored, and what a follower that starts now finds.
import { cp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";

import { expect } from "chai";
import { pino } from "pino";
import { type Address, decodeFunctionData, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import * as abis from "../../../src/abi/index.ts";
import { getRequestRecord } from "../../../src/client/index.ts";
import { schemaOf } from "../../../src/node/database.ts";
import { createProvider, Follower } from "../../../src/node/follower/index.ts";
import type { RequestId, State } from "../../../src/protocol/index.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { eventually, keyOf, tokens, type World } from "../world.ts";
import { type Daemon, type DaemonOrder, startDaemon } from "./child.ts";

const ABI = [
  ...abis.inferenceMarketAbi,
  ...abis.disputeCourtAbi,
  ...abis.nodeRegistryAbi,
  ...abis.enclaveRegistryAbi,
] as const;
const WAIT_MS = 120_000;

/** What a node's chain and database say in the end, without what differs from run to run. */
export interface EndState {
  /** Kind and name of everything stored. */
  content: string[];
  /** Successful transactions of the node: function and what it was about. */
  actions: string[];
  reverted: number;
}

export type Stage = Awaited<ReturnType<typeof makeStage>>;

/** @param name Of the daemon: its key and its folder. */
export async function makeStage(world: World, role: DaemonOrder["role"], name: string) {
  const port = await freePort();
  const account = privateKeyToAccount(keyOf(name));
  const folder = join(world.root, name);
  const saved = join(world.root, `${name}-saved`);
  await world.fund(name);
  let snapshot: Hex | undefined;
  let startBlock = 0n;

  const daemon = (killAt: string): Daemon =>
    startDaemon({
      role,
      rpcUrl: world.rpcUrl,
      deployment: { ...world.deployment, block: String(world.deployment.block) },
      privateKey: keyOf(name),
      folder,
      port,
      modelId: world.modelId,
      stake: String(tokens("2000")),
      killAt,
    });

  /** From here the lives begin. */
  const save = async (): Promise<void> => {
    await rm(saved, { recursive: true, force: true });
    await cp(folder, saved, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    startBlock = await world.chain.getBlockNumber();
    snapshot = await world.chain.snapshot();
  };

  /** As it was at {@link save}. */
  const restore = async (): Promise<void> => {
    if (snapshot !== undefined) await world.chain.revert({ id: snapshot });
    snapshot = await world.chain.snapshot();
    await rm(folder, { recursive: true, force: true });
    await cp(saved, folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  };

  /** Waits for something that the daemon does; fails at once if the daemon ends by itself. */
  const until = async <T>(
    life: Daemon,
    what: string,
    ask: () => Promise<T | undefined>,
  ): Promise<T> => {
    try {
      return await Promise.race([eventually(what, ask, WAIT_MS), life.failed]);
    } catch (error) {
      throw new RangeError(`${what}: ${life.tail()}`, { cause: error });
    }
  };

  const stateOf = async (id: RequestId): Promise<State> =>
    (await getRequestRecord(world.client, { deployment: world.deployment, id })).state;

  const untilState = (life: Daemon, what: string, id: RequestId, states: readonly State[]) =>
    until(life, `${what} is ${states.join(" or ")}`, async () =>
      states.includes(await stateOf(id)) ? true : undefined,
    );

  const untilMined = async (count: number): Promise<void> => {
    const to = (await world.chain.getBlockNumber()) + BigInt(count);
    await eventually("blocks", async () =>
      (await world.chain.getBlockNumber()) >= to ? true : undefined,
    );
  };

  /** What is stored and mined; the daemon must have stopped. Checks that its events are the chain's. */
  const look = async (): Promise<EndState> => {
    const { deployment, client } = world;
    const schema = await schemaOf(client, { deployment, node: account.address });
    const database = await openDatabase({ location: folder, schema });
    try {
      await expectChainEvents(world, database);
      const open = await database.query<{ action: string; state: string; failure: string | null }>(
        "SELECT action, state, failure FROM intents WHERE state IN ('signed', 'failed')",
      );
      expect(open, "transactions that are not mined").to.deep.equal([]);
      const content = await database.query<{ kind: string; name: string }>(
        "SELECT kind, name FROM content ORDER BY kind, name",
      );
      const { actions, reverted } = await actionsOf(world, account.address, startBlock);
      return { content: content.map(({ kind, name }) => `${kind} ${name}`), actions, reverted };
    } finally {
      await database.close();
    }
  };

  const endpoint = `http://127.0.0.1:${port}`;
  return { world, account, endpoint, daemon, save, restore, until, untilState, untilMined, look };
}

/** The events that a daemon stored are those that a follower finds now. */
async function expectChainEvents(world: World, database: Database): Promise<void> {
  const controller = new AbortController();
  const fresh = await openDatabase({ location: "memory:", schema: "fresh" });
  try {
    const follower = new Follower({
      database: fresh,
      chain: { deployment: world.deployment, isLocal: true },
      providers: [createProvider(world.rpcUrl)],
      views: [],
      onHead: () => {},
      pollingIntervalMs: 100,
      logger: pino({ level: "silent" }),
      signal: controller.signal,
    });
    const [cursor] = await database.query<{ followed_to: bigint }>(
      "SELECT followed_to FROM cursor",
    );
    const to = cursor?.followed_to ?? 0n;
    await eventually("a fresh follower is there", async () => {
      await follower.sync();
      return (follower.statistics.head?.number ?? 0n) >= to ? true : undefined;
    });
    const eventsOf = (of: Database) =>
      of.query(
        `SELECT block_number, log_index, block_hash, transaction_hash, address, topics, data
         FROM events WHERE block_number <= $1 ORDER BY block_number, log_index`,
        [to],
      );
    expect(await eventsOf(database), "stored events").to.deep.equal(await eventsOf(fresh));
  } finally {
    controller.abort();
    await fresh.close();
  }
}

/** Successful transactions of an account, by what they did. */
export async function actionsOf(world: World, account: Address, from: bigint) {
  const actions: string[] = [];
  let reverted = 0;
  const head = await world.chain.getBlockNumber();
  for (let blockNumber = from + 1n; blockNumber <= head; blockNumber += 1n) {
    const { transactions } = await world.chain.getBlock({ blockNumber, includeTransactions: true });
    for (const { hash, from: sender, input } of transactions) {
      if (sender.toLowerCase() !== account.toLowerCase()) continue;
      const { status } = await world.chain.getTransactionReceipt({ hash });
      if (status === "success") actions.push(actionOf(input));
      else reverted += 1;
    }
  }
  return { actions, reverted };
}

/** Its function, and the request or else all it was called with: a second one would say the same. */
function actionOf(input: Hex): string {
  // The token's approve is no action: it sets what it sets.
  if (input.startsWith("0x095ea7b3")) return "approve";
  const { functionName, args } = decodeFunctionData({ abi: ABI, data: input });
  const [first, second] = args ?? [];
  if (typeof first !== "object") return `${functionName} ${toCanonicalJson([...(args ?? [])])}`;
  const kind = functionName === "prove" ? String(second) : "";
  return `${functionName}${kind} ${toCanonicalJson(first)}`;
}

export function expectOnce({ actions }: EndState): void {
  const own = actions.filter((action) => action !== "approve");
  const twice = own.filter((action, at) => own.indexOf(action) !== at);
  expect(twice, "actions that happened more than once").to.deep.equal([]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
