// SPDX-License-Identifier: MIT
// One chain for many lives of a daemon: each begins at a snapshot of it, with the folder as it was then, and ends with a
// comparison of what the chain says, what the daemon stored, and what a follower that starts now finds.
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import { type Address, decodeFunctionData, type Hex, numberToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { freePort } from "../../../scripts/free-port.ts";
import * as abis from "../../../src/abi/index.ts";
import { getRequestRecord, nodeClient } from "../../../src/client/index.ts";
import { schemaOf } from "../../../src/node/database.ts";
import { decodeEvents, FOLLOWED } from "../../../src/node/events.ts";
import { createProvider } from "../../../src/node/follower/index.ts";
import { toLog } from "../../../src/node/follower/log-names.ts";
import { RequestBook } from "../../../src/node/request-book.ts";
import { isTerminal, type RequestId, type State } from "../../../src/protocol/index.ts";
import { toCanonicalJson } from "../../../src/protocol/json.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import { eventually, keyOf, tokens, type World } from "../world.ts";
import { type Daemon, type DaemonOrder, startDaemon } from "./child.ts";

const ABI = [
  ...abis.inferenceMarketAbi,
  ...abis.disputeCourtAbi,
  ...abis.nodeRegistryAbi,
  ...abis.orderSettlerAbi,
  ...abis.enclaveRegistryAbi,
] as const;
const WAIT_MS = 180_000;

/** What a node's chain and database say in the end, without what differs from run to run. */
export interface EndState {
  /** Kind and name of everything stored. */
  content: string[];
  /** Successful transactions of the node: function and what it was about. */
  actions: string[];
  reverted: number;
}

export type Stage = Awaited<ReturnType<typeof makeStage>>;

/**
 * @param name Of the daemon: its key and its folder.
 * @param rpcUrl How the daemon alone sees the chain.
 */
export async function makeStage(
  world: World,
  role: DaemonOrder["role"],
  name: string,
  rpcUrl = world.rpcUrl,
) {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const account = privateKeyToAccount(keyOf(name));
  const folder = join(world.root, name);
  const saved = join(world.root, `${name}-saved`);
  await world.fund(name);
  let snapshot: Hex | undefined;
  let startBlock = 0n;
  let startTime = 0n;

  const daemon = (killAt: readonly string[] = []): Daemon =>
    startDaemon({
      role,
      rpcUrl,
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
    ({ number: startBlock, timestamp: startTime } = await world.chain.getBlock());
    snapshot = await world.chain.snapshot();
  };

  /** As it was at {@link save}. */
  const restore = async (): Promise<void> => {
    if (snapshot !== undefined) {
      await world.chain.revert({ id: snapshot });
      // Else its clock goes on where it was, and after an hour of lives what was signed for the first is too late.
      await world.chain.setNextBlockTimestamp({ timestamp: startTime + 1n });
    }
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

  /** Waits until the daemon has followed what is mined now. */
  const untilFollowed = async (life: Daemon): Promise<void> => {
    const to = Number(await world.chain.getBlockNumber());
    await until(life, `block ${to} is followed`, async () => {
      const health = await nodeClient({ endpoint })
        .getHealth()
        .catch(() => undefined);
      return (health?.block ?? 0) >= to ? true : undefined;
    });
  };

  /**
   * What is stored and mined; the daemon must have stopped. Checks that its events are the chain's, and that each request
   * has come to its end.
   */
  const look = async (): Promise<EndState> => {
    const { deployment, client } = world;
    const schema = await schemaOf(client, { deployment, node: account.address });
    const database = await openDatabase({ location: folder, schema });
    try {
      await expectChainState(world, database);
      await expectNoneOpen(world, database);
      const content = await database.query<{ kind: string; name: string }>(
        "SELECT kind, name FROM content ORDER BY kind, name",
      );
      const { actions, reverted } = await actionsOf(world, account.address, startBlock);
      return { content: content.map(({ kind, name }) => `${kind} ${name}`), actions, reverted };
    } finally {
      await database.close();
    }
  };

  const waits = { until, untilState, untilMined, untilFollowed };
  return { world, account, endpoint, daemon, save, restore, ...waits, look };
}

/** The events that a daemon stored are those that the chain has, and what they say of requests is what the chain says. */
async function expectChainState(world: World, database: Database): Promise<void> {
  const { deployment, client } = world;
  const [cursor] = await database.query<{ followed_to: bigint }>("SELECT followed_to FROM cursor");
  const to = cursor?.followed_to ?? deployment.block;
  const logs = await createProvider(world.rpcUrl).request({
    method: "eth_getLogs",
    params: [
      {
        address: FOLLOWED.map((contract) => deployment[contract]),
        fromBlock: numberToHex(deployment.block),
        toBlock: numberToHex(to),
      },
    ],
  });
  const stored = await database.query<StoredEvent>(
    `SELECT block_number, log_index, block_hash, transaction_hash, address, topics, data
     FROM events ORDER BY block_number, log_index`,
  );
  const there = logs.map((log) => ({
    block_number: BigInt(log.blockNumber ?? 0n),
    log_index: Number(log.logIndex),
    block_hash: log.blockHash,
    transaction_hash: log.transactionHash,
    address: log.address.toLowerCase(),
    topics: log.topics,
    data: log.data,
  }));
  expect(stored, "stored events").to.deep.equal(there);

  const book = new RequestBook();
  for (const event of decodeEvents(stored.map(toStoredLog), deployment)) book.apply(event);
  // Orders without a record are not read here: of them events tell the state alone.
  for (const { id, state } of [...book.all(), ...book.unread()]) {
    const record = await getRequestRecord(client, { deployment, id });
    expect(state, `state of ${id} in the store`).to.equal(record.state);
    expect(isTerminal(state), `${id} is at its end in state ${state}`).to.equal(true);
  }
}

/** None failed for good, and what is signed is mined, even if the daemon ended before it saw that. */
async function expectNoneOpen(world: World, database: Database): Promise<void> {
  const open = await database.query<{ action: string; state: string; hashes: Hex[] }>(
    `SELECT action, state, (SELECT coalesce(jsonb_agg(hash), '[]') FROM transactions
       WHERE transactions.action = intents.action) AS hashes
     FROM intents WHERE state IN ('signed', 'failed')`,
  );
  for (const { action, state, hashes } of open) {
    const receipts = hashes.map((hash) => world.chain.getTransactionReceipt({ hash }));
    const isMined = await Promise.any(receipts).then(
      ({ status }) => status === "success",
      () => false,
    );
    expect({ action, isMined, state }).to.deep.equal({ action, isMined: true, state: "signed" });
  }
}

interface StoredEvent extends Record<string, unknown> {
  block_number: bigint;
  log_index: number;
  block_hash: Hex;
  transaction_hash: Hex;
  address: Address;
  topics: Hex[];
  data: Hex;
}

function toStoredLog(row: StoredEvent) {
  return toLog({
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    transactionHash: row.transaction_hash,
    logIndex: row.log_index,
    address: row.address,
    topics: row.topics,
    data: row.data,
  });
}

/** Successful transactions of an account, by what they did. */
export async function actionsOf(world: World, account: Address, from: bigint) {
  const actions: string[] = [];
  let reverted = 0;
  const head = await world.chain.getBlockNumber();
  const numbers = Array.from({ length: Number(head - from) }, (_, at) => from + 1n + BigInt(at));
  const blocks = await Promise.all(
    numbers.map((blockNumber) => world.chain.getBlock({ blockNumber, includeTransactions: true })),
  );
  for (const { transactions } of blocks) {
    for (const { hash, from: sender, to, input } of transactions) {
      if (sender.toLowerCase() !== account.toLowerCase()) continue;
      const { status } = await world.chain.getTransactionReceipt({ hash });
      if (status === "success") actions.push(actionOf(input, to));
      else reverted += 1;
    }
  }
  return { actions, reverted };
}

/**
 * Its function, and the request or else all it was called with: a second one would say the same. A pool is that of the
 * contract that is called.
 */
export function actionOf(input: Hex, to: Address | null): string {
  // The token's approve is no action: it sets what it sets.
  if (input.startsWith("0x095ea7b3")) return "approve";
  const { functionName, args } = decodeFunctionData({ abi: ABI, data: input });
  const [first, second] = args ?? [];
  if (functionName === "payPool") return `${functionName} ${String(to)} ${String(first)}`;
  if (typeof first !== "object") return `${functionName} ${toCanonicalJson([...(args ?? [])])}`;
  const kind = functionName === "prove" ? String(second) : "";
  return `${functionName}${kind} ${toCanonicalJson(first)}`;
}

const isDeposit = (action: string): boolean => action.startsWith("deposit ");

/** No action happened twice; the bond of a challenge is deposited again for the next one. */
export function expectOnce({ actions }: EndState): void {
  const own = actions.filter((action) => action !== "approve" && !isDeposit(action));
  const twice = own.filter((action, at) => own.indexOf(action) !== at);
  expect(twice, "actions that happened more than once").to.deep.equal([]);
  const challenges = own.filter((action) => action.startsWith("challenge "));
  const deposits = actions.filter(isDeposit);
  expect(deposits.length, "deposits").to.be.at.most(1 + challenges.length);
}
