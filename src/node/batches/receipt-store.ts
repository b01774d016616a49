// SPDX-License-Identifier: MIT
/** Owns what the node promised its clients: channels, receipts and batches, each change in one transaction. */
import { type Address, getAddress, type Hex } from "viem";

import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { parseJson, toCanonicalJson } from "../../protocol/json.ts";
import type { Database, Row } from "../../store/database.ts";
import { IndexTakenError } from "../errors.ts";
import {
  type ChannelName,
  type Exchange,
  type KeptBatch,
  type KeptReceipt,
  readExchange,
  readKeptBatch,
} from "./types.ts";

const MAX_CHARS = 4 * 1024 * 1024;

interface ReceiptRow extends Row {
  id: Hex32;
  client: Address;
  signer: Address;
  body: string;
  evidence: Hex | null;
}

/** A channel as far as this node served it. */
export interface ServedChannel {
  /** The next index. */
  count: number;
  /** Token units of all requests so far. */
  charge: bigint;
  /** `<count>:<until>` of the chain's when the node signed that it claims nothing more. */
  closing: string | undefined;
}

export class ReceiptStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async channel({ client, signer }: ChannelName): Promise<ServedChannel | undefined> {
    const [row] = await this.#database.query<{
      count: bigint;
      charge: string;
      closing: string | null;
    }>("SELECT count, charge, closing FROM channels WHERE client = $1 AND signer = $2", [
      client,
      signer,
    ]);
    return (
      row && {
        count: Number(row.count),
        charge: BigInt(row.charge),
        closing: row.closing ?? undefined,
      }
    );
  }

  /**
   * Keeps an answered order and moves its channel on, all or nothing.
   *
   * @throws {IndexTakenError} if another order has the index, or the channel is being closed.
   */
  async take(receipt: KeptReceipt, charge: bigint): Promise<void> {
    const { id, client, signer, order, answer, takenAt, evidence } = receipt;
    const { index } = order;
    await this.#database.transaction(async (transaction) => {
      const moved = await transaction.query(
        `INSERT INTO channels (client, signer, count, charge) VALUES ($1, $2, $3, $4)
         ON CONFLICT (client, signer) DO UPDATE
         SET count = excluded.count, charge = excluded.charge, closing = NULL
         WHERE channels.count < excluded.count RETURNING count`,
        [client, signer, index + 1, String(charge)],
      );
      if (moved.length === 0) throw new IndexTakenError(index);
      await transaction.query(
        `INSERT INTO receipts (id, client, signer, index, body, evidence)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [
          id,
          client,
          signer,
          index,
          toCanonicalJson({ order, answer, takenAt } satisfies Exchange),
          evidence ?? null,
        ],
      );
    });
  }

  /** Keeps that the node signed a closing as of this count and date of the chain. */
  async close({ client, signer }: ChannelName, count: number, until: number): Promise<void> {
    await this.#database.query(
      `INSERT INTO channels (client, signer, count, charge, closing) VALUES ($1, $2, 0, '0', $3)
       ON CONFLICT (client, signer) DO UPDATE SET closing = excluded.closing`,
      [client, signer, `${count}:${until}`],
    );
  }

  async find(id: RequestId): Promise<(KeptReceipt & { root: Hex32 | undefined }) | undefined> {
    const [row] = await this.#database.query<ReceiptRow & { root: Hex32 | null }>(
      "SELECT id, client, signer, body, evidence, root FROM receipts WHERE id = $1",
      [id.toLowerCase()],
    );
    return row && { ...toReceipt(row), root: row.root ?? undefined };
  }

  /** Answered and in no batch, by channel and index. */
  async pending(): Promise<KeptReceipt[]> {
    const rows = await this.#database.query<ReceiptRow>(
      `SELECT id, client, signer, body, evidence FROM receipts WHERE root IS NULL
       ORDER BY client, signer, index`,
    );
    return rows.map(toReceipt);
  }

  async setEvidence(id: RequestId, evidence: Hex): Promise<void> {
    await this.#database.query("UPDATE receipts SET evidence = $2 WHERE id = $1", [id, evidence]);
  }

  /** Keeps a batch with its receipts in their order, before it is posted. */
  async keepBatch(batch: KeptBatch, ids: readonly RequestId[]): Promise<void> {
    const { root } = batch.posting;
    await this.#database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO batches (root, body) VALUES ($1, $2)", [
        root,
        toCanonicalJson(batch),
      ]);
      await transaction.query(
        `UPDATE receipts SET root = $1, position = places.position
         FROM (SELECT id, (place - 1)::integer AS position
               FROM unnest($2::text[]) WITH ORDINALITY AS given (id, place)) AS places
         WHERE receipts.id = places.id`,
        [root, ids],
      );
    });
  }

  /** Gives the receipts of a batch back that will never be posted. */
  async dropBatch(root: Hex32): Promise<void> {
    await this.#database.transaction(async (transaction) => {
      await transaction.query("DELETE FROM batches WHERE root = $1", [root]);
      await transaction.query("UPDATE receipts SET root = NULL, position = NULL WHERE root = $1", [
        root,
      ]);
    });
  }

  /** Every batch that was made. */
  async batches(): Promise<KeptBatch[]> {
    const rows = await this.#database.query<{ body: string }>("SELECT body FROM batches");
    return rows.map(({ body }) =>
      parseJson(body, readKeptBatch, { what: "stored batch", limit: MAX_CHARS }),
    );
  }

  async batch(root: Hex32): Promise<KeptBatch | undefined> {
    const [row] = await this.#database.query<{ body: string }>(
      "SELECT body FROM batches WHERE root = $1",
      [root],
    );
    return row && parseJson(row.body, readKeptBatch, { what: "stored batch", limit: MAX_CHARS });
  }

  /** A batch's receipts by position. */
  async receiptsOf(root: Hex32): Promise<KeptReceipt[]> {
    const rows = await this.#database.query<ReceiptRow>(
      `SELECT id, client, signer, body, evidence FROM receipts WHERE root = $1 ORDER BY position`,
      [root],
    );
    return rows.map(toReceipt);
  }
}

function toReceipt({ id, client, signer, body, evidence }: ReceiptRow): KeptReceipt {
  return {
    id,
    client: getAddress(client),
    signer: getAddress(signer),
    evidence: evidence ?? undefined,
    ...parseJson(body, readExchange, { what: "stored receipt", limit: MAX_CHARS }),
  };
}
