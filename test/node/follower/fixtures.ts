// SPDX-License-Identifier: MIT
import { pino } from "pino";
import type { Hex } from "viem";

import type { ChainEvent, ChainView } from "../../../src/node/events.ts";
import { Follower, type FollowerParameters } from "../../../src/node/follower/index.ts";
import { BaseError } from "../../../src/protocol/errors.ts";
import type { Database, Queryable, Row } from "../../../src/store/index.ts";
import { DEPLOYMENT, type ModelProvider } from "./model-chain.ts";

/** A view that remembers what it was given, and refuses to be given it twice or in the wrong order. */
export class RecordingView implements ChainView {
  applied: string[] = [];
  resets = 0;
  #last: [bigint, number] = [-1n, -1];

  reset(): void {
    this.resets += 1;
    this.applied = [];
    this.#last = [-1n, -1];
  }

  apply({ blockNumber, logIndex, blockHash, eventName }: ChainEvent): void {
    const [block, index] = this.#last;
    if (blockNumber < block || (blockNumber === block && logIndex <= index))
      throw new RangeError(`event ${blockNumber}:${logIndex} came after ${block}:${index}`);
    this.#last = [blockNumber, logIndex];
    this.applied.push(`${blockNumber}:${logIndex} ${blockHash} ${eventName}`);
  }
}

export type FollowerOverrides = Partial<FollowerParameters>;

/** A follower of model providers whose clock moves only when a test moves it. */
export function makeFollower(
  database: Database,
  providers: readonly [ModelProvider, ModelProvider?],
  overrides: FollowerOverrides = {},
) {
  const view = new RecordingView();
  const heads: bigint[] = [];
  const controller = new AbortController();
  const [first, second] = providers;
  const follower = new Follower({
    database,
    chain: { deployment: DEPLOYMENT, isLocal: false },
    confirmations: 0,
    providers: second === undefined ? [first.client] : [first.client, second.client],
    views: [view],
    onHead: ({ number }) => void heads.push(number),
    pollingIntervalMs: 1,
    logger: pino({ level: "silent" }),
    signal: controller.signal,
    retryDelayMs: 0,
    random: () => 0,
    ...overrides,
  });
  return { follower, view, heads, controller };
}

/** Empties the tables, so that one database serves many runs. */
export async function clearStore(database: Database): Promise<void> {
  await database.query("TRUNCATE blocks, events, cursor");
}

/** The stored events, as {@link RecordingView} names their places. */
export async function storedPlaces(database: Database): Promise<string[]> {
  const rows = await database.query<{
    block_number: bigint;
    log_index: number;
    block_hash: Hex;
  }>("SELECT block_number, log_index, block_hash FROM events ORDER BY block_number, log_index");
  return rows.map((row) => `${row.block_number}:${row.log_index} ${row.block_hash}`);
}

/** The process ended here. */
export class Crash extends BaseError {
  override readonly code = "TEST-001";
}

/** A database that ends the process before a statement, or after a commit that its caller never hears of. */
export class CrashingDatabase implements Database {
  readonly #inner: Database;
  /** Statements and commits until the crash. */
  left = Number.POSITIVE_INFINITY;

  constructor(inner: Database) {
    this.#inner = inner;
  }

  get engine() {
    return this.#inner.engine;
  }

  get schema() {
    return this.#inner.schema;
  }

  async query<T extends Row = Row>(text: string, values?: readonly unknown[]): Promise<T[]> {
    this.#step();
    return this.#inner.query<T>(text, values);
  }

  async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    const done = await this.#inner.transaction(async (transaction) => {
      const stepped = await work({
        query: async <R extends Row>(text: string, values?: readonly unknown[]) => {
          this.#step();
          return transaction.query<R>(text, values);
        },
      });
      this.#step();
      return stepped;
    });
    this.#step();
    return done;
  }

  async script(text: string): Promise<Row[]> {
    this.#step();
    return this.#inner.script(text);
  }

  listen(channel: string, onPayload: (payload: string) => void): Promise<void> {
    return this.#inner.listen(channel, onPayload);
  }

  notify(channel: string, payload: string): Promise<void> {
    return this.#inner.notify(channel, payload);
  }

  async close(): Promise<void> {}

  #step(): void {
    this.left -= 1;
    if (this.left < 0) throw new Crash("the process ended");
  }
}
