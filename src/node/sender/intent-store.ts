// SPDX-License-Identifier: MIT
/**
 * Owns the tables `intents` and `transactions`. Every write first asserts that this process may, and changes a row only if
 * it still is what the caller saw: two processes at once do no harm, one of them just has to look again.
 */
import type { Address, Hex, TransactionReceipt } from "viem";

import type { Database, Queryable } from "../../store/database.ts";
import { nextNonce } from "./nonces.ts";
import { type FormRow, type IntentRow, toForm, toIntent } from "./rows.ts";
import type { Intent, IntentState, OpenIntent, Plan, SignedForm } from "./types.ts";

/** Any number that nothing else on the server takes as an advisory lock. */
const LOCK = 7_210_732;
const SIGNED_PER_KEY = 16;
const INTENT =
  "action, sender, recipient, data, function_name, gas, nonce, state, block_number, block_hash, mined_hash, failure";

/** How signing went: no room for one more, or the intent is not planned any more. */
export type SigningResult = SignedForm | "full" | "gone";

export class IntentStore {
  readonly #database: Database;
  readonly #assertHeld: (transaction: Queryable) => Promise<void>;
  readonly #now: () => number;

  constructor(
    database: Database,
    assertHeld: (transaction: Queryable) => Promise<void>,
    now: () => number,
  ) {
    this.#database = database;
    this.#assertHeld = assertHeld;
    this.#now = now;
  }

  /* READS */

  async byNames(names: readonly string[]): Promise<Intent[]> {
    if (names.length === 0) return [];
    const marks = names.map((_, index) => `$${index + 1}`).join(", ");
    const rows = await this.#database.query<IntentRow>(
      `SELECT ${INTENT} FROM intents WHERE action IN (${marks})`,
      names,
    );
    return rows.map(toIntent);
  }

  /** All signed and mined intents by key and nonce, with their forms from the cheapest to the dearest. */
  async open(): Promise<OpenIntent[]> {
    const [intents, forms] = await Promise.all([
      this.#database.query<IntentRow>(
        `SELECT ${INTENT} FROM intents WHERE state IN ('signed', 'mined') ORDER BY sender, nonce`,
      ),
      this.#database.query<FormRow>(
        `SELECT t.* FROM transactions t JOIN intents i ON i.action = t.action
         WHERE i.state IN ('signed', 'mined') ORDER BY t.max_fee_per_gas`,
      ),
    ]);
    return intents.map((row) => ({
      ...toIntent(row),
      nonce: row.nonce ?? 0n,
      forms: forms.filter(({ action }) => action === row.action).map(toForm),
    }));
  }

  /** The intents that have this nonce; a cancelled one and its cancellation may share it. */
  async atNonce(sender: Address, nonce: bigint): Promise<Intent[]> {
    const rows = await this.#database.query<IntentRow>(
      `SELECT ${INTENT} FROM intents WHERE sender = $1 AND nonce = $2`,
      [sender, nonce],
    );
    return rows.map(toIntent);
  }

  async hasRoom(sender: Address): Promise<boolean> {
    return (await countSigned(this.#database, sender)) < SIGNED_PER_KEY;
  }

  /** Intents per key and state, final and failed ones left out, and when the oldest that is not mined was planned. */
  async count(): Promise<{
    open: { sender: Address; state: IntentState; count: number }[];
    oldest: bigint | undefined;
  }> {
    const open = await this.#database.query<{ sender: Address; state: IntentState; count: number }>(
      `SELECT sender, state, count(*)::integer AS count FROM intents
       WHERE state IN ('planned', 'signed', 'mined') GROUP BY sender, state ORDER BY sender, state`,
    );
    const [row] = await this.#database.query<{ oldest: bigint | null }>(
      "SELECT min(planned_at) AS oldest FROM intents WHERE state IN ('planned', 'signed')",
    );
    return { open, oldest: row?.oldest ?? undefined };
  }

  /* PLAN AND SIGN */

  /** Whether the plan was written; not if the name is taken. */
  plan(plan: Plan): Promise<boolean> {
    return this.#changes(
      `INSERT INTO intents (action, sender, recipient, data, function_name, gas, state, planned_at)
       VALUES ($1, $2, $3, $4, $5, $6, 'planned', $7) ON CONFLICT (action) DO NOTHING RETURNING action`,
      [...planValues(plan), this.#now()],
    );
  }

  /** Writes a plan in the place of one that was not signed, or whose revert may be taken for the end of it. */
  replan(seen: Intent, plan: Plan): Promise<boolean> {
    return this.#write(async (transaction) => {
      const [row] = await transaction.query(
        `UPDATE intents SET sender = $2, recipient = $3, data = $4, function_name = $5, gas = $6, planned_at = $7,
           ${NOT_MINED}, state = 'planned', nonce = NULL, signed_at = NULL
         WHERE action = $1 AND state = $8 AND coalesce(nonce, -1) = $9
           AND (state IN ('planned', 'failed') OR failure IS NOT NULL) RETURNING action`,
        [...planValues(plan), this.#now(), seen.state, seen.nonce ?? -1n],
      );
      if (row !== undefined) await dropForms(transaction, seen.name);
      return row !== undefined;
    });
  }

  /** Removes a plan that was not signed. */
  forget(name: string): Promise<boolean> {
    const text = "DELETE FROM intents WHERE action = $1 AND state = 'planned' RETURNING action";
    return this.#changes(text, [name]);
  }

  /** Removes old plans; what is still wanted will be planned again. */
  async forgetPlannedBefore(time: number): Promise<void> {
    const old = await this.#database.query<{ action: string }>(
      "SELECT action FROM intents WHERE state = 'planned' AND planned_at < $1",
      [time],
    );
    for (const { action } of old) await this.forget(action);
  }

  /** Takes the key's next nonce, signs and stores, all or nothing. Nothing leaves the process before it returns. */
  sign(
    { name, sender, data }: Plan,
    mined: bigint,
    makeForm: (nonce: bigint) => Promise<SignedForm>,
  ): Promise<SigningResult> {
    return this.#write(async (transaction) => {
      await transaction.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [LOCK, sender]);
      if ((await countSigned(transaction, sender)) >= SIGNED_PER_KEY) return "full";
      const [row] = await transaction.query<{ highest: bigint | null }>(
        "SELECT max(nonce) AS highest FROM intents WHERE sender = $1",
        [sender],
      );
      const nonce = nextNonce(row?.highest ?? undefined, mined);
      const form = await makeForm(nonce);
      const [changed] = await transaction.query(
        `UPDATE intents SET state = 'signed', nonce = $2, signed_at = $3
         WHERE action = $1 AND state = 'planned' AND sender = $4 AND data = $5 RETURNING action`,
        [name, nonce, form.signedAt, sender, data],
      );
      if (changed === undefined) return "gone";
      await insertForm(transaction, { name, sender, nonce }, form);
      return form;
    });
  }

  /** Stores another form of a signed intent, to be sent afterwards. */
  addForm(intent: OpenIntent, form: SignedForm): Promise<boolean> {
    return this.#write(async (transaction) => {
      const [row] = await transaction.query(
        "SELECT action FROM intents WHERE action = $1 AND state = 'signed' AND nonce = $2 FOR UPDATE",
        [intent.name, intent.nonce],
      );
      if (row !== undefined) await insertForm(transaction, intent, form);
      return row !== undefined;
    });
  }

  /** A transaction that does nothing, for a nonce that would hold up all later ones. It is signed when it is sent. */
  insertFiller(plan: Plan, nonce: bigint): Promise<boolean> {
    return this.#changes(
      `INSERT INTO intents (action, sender, recipient, data, function_name, gas, state, planned_at, nonce)
       VALUES ($1, $2, $3, $4, $5, $6, 'signed', $7, $8) ON CONFLICT (action) DO NOTHING RETURNING action`,
      [...planValues(plan), this.#now(), nonce],
    );
  }

  /* WHAT THE CHAIN SAYS */

  /** It is in a block that may still be replaced. */
  markMined(intent: OpenIntent, receipt: TransactionReceipt): Promise<boolean> {
    const { blockNumber, blockHash, transactionHash, status } = receipt;
    const failure = status === "reverted" ? "reverted" : null;
    return this.#changes(
      `UPDATE intents SET state = 'mined', block_number = $3, block_hash = $4, mined_hash = $5, failure = $6
       WHERE action = $1 AND nonce = $2 AND state IN ('signed', 'mined') RETURNING action`,
      [intent.name, intent.nonce, blockNumber, blockHash, transactionHash, failure],
    );
  }

  /** It cannot be undone: its signed bytes are not needed any more. */
  markFinal(intent: OpenIntent): Promise<boolean> {
    return this.#write(async (transaction) => {
      const [row] = await transaction.query(
        `UPDATE intents SET state = CASE WHEN failure IS NULL THEN 'final' ELSE 'failed' END
         WHERE action = $1 AND nonce = $2 AND state = 'mined' AND block_hash = $3 RETURNING action`,
        [intent.name, intent.nonce, intent.blockHash],
      );
      if (row !== undefined) await dropForms(transaction, intent.name);
      return row !== undefined;
    });
  }

  /** Its block was replaced: it has the same nonce, and may be mined again. */
  markDropped(intent: Intent): Promise<boolean> {
    return this.#changes(
      `UPDATE intents SET ${NOT_MINED}, state = 'signed'
       WHERE action = $1 AND nonce = $2 AND state = $3 RETURNING action`,
      [intent.name, intent.nonce, intent.state],
    );
  }

  /** Another transaction with its nonce is final: it needs a new one. A filler has done its work then. */
  markNonceLost(intent: OpenIntent): Promise<boolean> {
    const filled = isFiller(intent);
    return this.#write(async (transaction) => {
      const [row] = await transaction.query(
        filled
          ? "UPDATE intents SET state = 'final' WHERE action = $1 AND nonce = $2 AND state = 'signed' RETURNING action"
          : `UPDATE intents SET state = 'planned', nonce = NULL, signed_at = NULL, planned_at = $3
             WHERE action = $1 AND nonce = $2 AND state = 'signed' RETURNING action`,
        [intent.name, intent.nonce, ...(filled ? [] : [this.#now()])],
      );
      if (row !== undefined) await dropForms(transaction, intent.name);
      return row !== undefined;
    });
  }

  /* HELPERS */

  #write<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (transaction) => {
      await this.#assertHeld(transaction);
      return work(transaction);
    });
  }

  #changes(text: string, values: readonly unknown[]): Promise<boolean> {
    return this.#write(async (transaction) => (await transaction.query(text, values)).length > 0);
  }
}

const NOT_MINED = "block_number = NULL, block_hash = NULL, mined_hash = NULL, failure = NULL";

/** Whether an intent only fills its nonce. */
export function isFiller({ sender, recipient, data }: Intent): boolean {
  return data === "0x" && recipient === sender;
}

function planValues({ name, sender, recipient, data, functionName, gas }: Plan): unknown[] {
  return [name, sender, recipient, data, functionName, gas];
}

async function countSigned(queryable: Queryable, sender: Address): Promise<number> {
  const [row] = await queryable.query<{ count: number }>(
    "SELECT count(*)::integer AS count FROM intents WHERE sender = $1 AND state = 'signed'",
    [sender],
  );
  return row?.count ?? 0;
}

async function insertForm(
  transaction: Queryable,
  { name, sender, nonce }: { name: string; sender: Address; nonce: bigint },
  form: SignedForm,
): Promise<void> {
  const { hash, raw, maxFeePerGas, maxPriorityFeePerGas, signedAt } = form;
  await transaction.query(
    `INSERT INTO transactions
       (hash, action, sender, nonce, raw, max_fee_per_gas, max_priority_fee_per_gas, signed_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO NOTHING`,
    [hash, name, sender, nonce, raw, maxFeePerGas, maxPriorityFeePerGas, signedAt],
  );
}

async function dropForms(transaction: Queryable, name: string): Promise<void> {
  await transaction.query("DELETE FROM transactions WHERE action = $1", [name]);
}

/** Hashes under which an intent may be mined, the likeliest first. */
export function hashesOf({ forms, minedHash }: OpenIntent): Hex[] {
  const hashes = forms.map(({ hash }) => hash).toReversed();
  return minedHash === undefined ? hashes : [...new Set([minedHash, ...hashes])];
}
