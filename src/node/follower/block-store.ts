// SPDX-License-Identifier: MIT
/**
 * Owns the tables `blocks`, `events` and `cursor`. Every write is one transaction that first locks the cursor and finds
 * it where the caller last saw it: of several processes that follow the same chain, one goes on and the others see that.
 */
import type { Hex } from "viem";

import type { RequestId } from "../../protocol/ids.ts";
import type { Database, Queryable } from "../../store/index.ts";
import type { BlockLink, ChainLog } from "./types.ts";

/** How far the chain was followed. */
export interface Place {
  genesisHash: Hex;
  followedTo: bigint;
  finalTo: bigint;
  /** The block `followedTo`; undefined if nothing was followed yet. */
  block: BlockLink | undefined;
}

/** A log and the request it is about, if it is about one. */
export interface StoredLog extends ChainLog {
  requestId: RequestId | undefined;
}

/** Where reading goes on. */
export interface Position {
  blockNumber: bigint;
  logIndex: number;
}

interface BlockRow extends Record<string, unknown> {
  number: bigint;
  hash: Hex;
  parent_hash: Hex;
  timestamp: bigint;
}

type LogRow = Record<string, unknown> & {
  block_number: bigint;
  log_index: number;
  block_hash: Hex;
  transaction_hash: Hex;
  address: Hex;
  topics: Hex[];
  data: Hex;
};

export class BlockStore {
  readonly #database: Database;
  readonly #keptBlocks: bigint;

  constructor(database: Database, keptBlocks: number) {
    this.#database = database;
    this.#keptBlocks = BigInt(keptBlocks);
  }

  /** Remembers the chain's genesis block, unless one is remembered; says which one is. */
  async open(genesisHash: Hex, followedTo: bigint): Promise<Hex> {
    await this.#database.query(
      "INSERT INTO cursor (genesis_hash, followed_to, final_to) VALUES ($1, $2, $2) ON CONFLICT DO NOTHING",
      [genesisHash, followedTo],
    );
    return (await readPlace(this.#database))?.genesisHash ?? genesisHash;
  }

  /** Undefined before {@link BlockStore.open}. */
  readPlace(): Promise<Place | undefined> {
    return readPlace(this.#database);
  }

  /** The stored blocks, the oldest first. */
  async readBlocks(): Promise<BlockLink[]> {
    const rows = await this.#database.query<BlockRow>("SELECT * FROM blocks ORDER BY number");
    return rows.map(toBlock);
  }

  /** The hash of a stored block. */
  async readHash(number: bigint): Promise<Hex | undefined> {
    return readHash(this.#database, number);
  }

  /** Stores what comes after `place`; false if another process was faster. */
  append(
    place: Place,
    news: { blocks: readonly BlockLink[]; logs: readonly StoredLog[]; finalTo: bigint },
  ): Promise<boolean> {
    const { blocks, logs, finalTo } = news;
    const followedTo = blocks.at(-1)?.number ?? place.followedTo;
    return this.#from(place, async (transaction) => {
      await insertBlocks(transaction, blocks);
      await insertLogs(transaction, logs);
      await transaction.query(
        "UPDATE cursor SET followed_to = $1::bigint, final_to = greatest(final_to, least($2::bigint, $1::bigint))",
        [followedTo, finalTo],
      );
      await transaction.query("DELETE FROM blocks WHERE number <= $1", [
        followedTo - this.#keptBlocks,
      ]);
    });
  }

  /** Removes the blocks above `to` with their events; false if another process was faster. */
  rewind(place: Place, to: bigint): Promise<boolean> {
    return this.#from(place, async (transaction) => {
      await transaction.query("DELETE FROM blocks WHERE number > $1", [to]);
      await transaction.query("DELETE FROM events WHERE block_number > $1", [to]);
      await transaction.query(
        "UPDATE cursor SET followed_to = $1::bigint, final_to = least(final_to, $1::bigint)",
        [to],
      );
    });
  }

  /** Runs `work` on one state of the store, which no process changes meanwhile. */
  async read<T>(work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (transaction) => {
      await transaction.query("SELECT 1 FROM cursor FOR SHARE");
      return work({
        readPlace: () => readPlace(transaction),
        readHash: (number) => readHash(transaction, number),
        readLogs: (after, limit) => readLogs(transaction, after, limit),
      });
    });
  }

  /** Removes the events of these requests, if all of a request's are final. Returns how many it removed. */
  async pruneRequests(ids: readonly RequestId[]): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      await transaction.query("SELECT 1 FROM cursor FOR UPDATE");
      const removed = await transaction.query(
        `DELETE FROM events WHERE request_id = ANY($1::text[]) AND request_id NOT IN (
          SELECT request_id FROM events
          WHERE request_id = ANY($1::text[]) AND block_number > (SELECT final_to FROM cursor)
        ) RETURNING block_number`,
        [[...ids]],
      );
      return removed.length;
    });
  }

  #from(place: Place, work: (transaction: Queryable) => Promise<void>): Promise<boolean> {
    return this.#database.transaction(async (transaction) => {
      await transaction.query("SELECT 1 FROM cursor FOR UPDATE");
      const now = await readPlace(transaction);
      if (now?.followedTo !== place.followedTo || now.block?.hash !== place.block?.hash)
        return false;
      await work(transaction);
      return true;
    });
  }
}

/** What {@link BlockStore.read} gives. */
export interface Snapshot {
  readPlace(): Promise<Place | undefined>;
  readHash(number: bigint): Promise<Hex | undefined>;
  /** The events after a position, the oldest first. */
  readLogs(after: Position, limit: number): Promise<ChainLog[]>;
}

async function readPlace(database: Queryable): Promise<Place | undefined> {
  const [cursor] = await database.query<{
    genesis_hash: Hex;
    followed_to: bigint;
    final_to: bigint;
  }>("SELECT * FROM cursor");
  if (cursor === undefined) return undefined;
  const { genesis_hash: genesisHash, followed_to: followedTo, final_to: finalTo } = cursor;
  const [row] = await database.query<BlockRow>("SELECT * FROM blocks WHERE number = $1", [
    followedTo,
  ]);
  return { genesisHash, followedTo, finalTo, block: row === undefined ? undefined : toBlock(row) };
}

async function readHash(database: Queryable, number: bigint): Promise<Hex | undefined> {
  const [row] = await database.query<{ hash: Hex }>("SELECT hash FROM blocks WHERE number = $1", [
    number,
  ]);
  return row?.hash;
}

async function readLogs(database: Queryable, after: Position, limit: number): Promise<ChainLog[]> {
  const rows = await database.query<LogRow>(
    "SELECT * FROM events WHERE (block_number, log_index) > ($1::bigint, $2::integer) ORDER BY block_number, log_index LIMIT $3",
    [after.blockNumber, after.logIndex, limit],
  );
  return rows.map((row) => ({
    blockNumber: row.block_number,
    blockHash: row.block_hash,
    transactionHash: row.transaction_hash,
    logIndex: row.log_index,
    address: row.address,
    topics: row.topics,
    data: row.data,
  }));
}

async function insertBlocks(database: Queryable, blocks: readonly BlockLink[]): Promise<void> {
  const rows = blocks.map(({ number, hash, parentHash, timestamp }) => ({
    number: String(number),
    hash,
    parent_hash: parentHash,
    timestamp,
  }));
  await database.query(
    `INSERT INTO blocks (number, hash, parent_hash, timestamp)
      SELECT * FROM jsonb_to_recordset($1::text::jsonb)
      AS row (number bigint, hash text, parent_hash text, timestamp bigint)`,
    [JSON.stringify(rows)],
  );
}

async function insertLogs(database: Queryable, logs: readonly StoredLog[]): Promise<void> {
  if (logs.length === 0) return;
  const rows = logs.map((log) => ({
    block_number: String(log.blockNumber),
    log_index: log.logIndex,
    block_hash: log.blockHash,
    transaction_hash: log.transactionHash,
    address: log.address,
    topics: log.topics,
    data: log.data,
    request_id: log.requestId ?? null,
  }));
  await database.query(
    `INSERT INTO events (block_number, log_index, block_hash, transaction_hash, address, topics, data, request_id)
      SELECT * FROM jsonb_to_recordset($1::text::jsonb)
      AS row (block_number bigint, log_index integer, block_hash text, transaction_hash text, address text,
        topics jsonb, data text, request_id text)`,
    [JSON.stringify(rows)],
  );
}

function toBlock({ number, hash, parent_hash: parentHash, timestamp }: BlockRow): BlockLink {
  return { number, hash, parentHash, timestamp: Number(timestamp) };
}
