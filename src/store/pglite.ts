// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

import { PGlite, type Transaction, types } from "@electric-sql/pglite";

import type { Database, Queryable, Row } from "./database.ts";
import { DatabaseUnusableError } from "./errors.ts";
import { withQueryErrors } from "./failure.ts";
import { lockFolder } from "./folder-lock.ts";

const VACUUM_MS = 600_000;
/** What a checkout's set-up made; an installed package has none, and its databases are made from nothing. */
const TEMPLATE = new URL("../../node_modules/.cache/assay/pglite/", import.meta.url);
/** Statements that follow each other without a pause are interrupted this often. */
const TURN_MS = 20;

/**
 * Opens a database in a folder, for this process alone; in memory if no folder is given.
 *
 * @throws {FolderInUseError} or {@link DatabaseUnusableError}
 */
export async function openPglite(folder: string | undefined, schema: string): Promise<Database> {
  const lock = folder === undefined ? undefined : await lockFolder(folder);
  let engine: PGlite;
  try {
    engine = await PGlite.create({
      ...(folder !== undefined && { dataDir: await dataFolder(folder) }),
      parsers: { [types.INT8]: BigInt },
    });
    await engine.exec(`CREATE SCHEMA IF NOT EXISTS ${schema}; SET search_path TO ${schema}`);
  } catch (cause) {
    await lock?.release();
    throw new DatabaseUnusableError("folder", cause);
  }

  // The engine has no process of its own that would reuse the room of removed rows.
  const cleaning = setInterval(() => {
    // What could not be cleaned now is cleaned the next time.
    engine.exec("VACUUM (ANALYZE)").catch(() => {});
  }, VACUUM_MS).unref();

  // The engine answers on this thread, without leaving it: whoever asks again at once keeps timers and sockets waiting.
  let turnAt = performance.now();
  const yieldTurn = async () => {
    if (performance.now() - turnAt < TURN_MS) return;
    await nextTurn();
    turnAt = performance.now();
  };

  const runOn = (target: Pick<Transaction, "query">): Queryable => ({
    query: async <T extends Row>(text: string, values: readonly unknown[] = []) => {
      const { rows } = await withQueryErrors(text, target.query<T>(text, [...values]));
      await yieldTurn();
      return rows;
    },
  });
  return {
    ...runOn(engine),
    engine: "pglite",
    schema,
    transaction: async (work) => {
      const failed: unknown[] = [];
      const run = engine.transaction(async (transaction) => {
        try {
          return await work(runOn(transaction));
        } catch (error) {
          failed.push(error);
          throw error;
        }
      });
      try {
        return await withQueryErrors("COMMIT", run);
      } catch (error) {
        // What the work threw is its caller's, as it is.
        if (failed.length > 0) throw failed[0];
        throw error;
      }
    },
    script: async (text) => {
      try {
        const results = await withQueryErrors(text, engine.exec(text));
        return results.flatMap(({ rows }) => rows as Row[]);
      } catch (error) {
        // Without this the one connection stays in the script's failed transaction.
        await engine.exec("ROLLBACK");
        throw error;
      }
    },
    listen: async (channel, onPayload) => {
      // A function of its own: the engine would take the same one only once.
      const hear = (payload: string) => onPayload(payload);
      await withQueryErrors("LISTEN", engine.listen(`${schema}_${channel}`, hear));
    },
    notify: async (channel, payload) => {
      const text = "SELECT pg_notify($1, $2)";
      await withQueryErrors(text, engine.query(text, [`${schema}_${channel}`, payload]));
    },
    close: async () => {
      clearInterval(cleaning);
      await engine.close();
      await lock?.release();
    },
  };
}

/** The engine's files: there as a whole, or not at all. The engine cannot open what a killed process began to make. */
async function dataFolder(folder: string): Promise<string> {
  const made = join(folder, "database");
  if (existsSync(made)) return made;
  const unfinished = join(folder, "database-unfinished");
  await rm(unfinished, { recursive: true, force: true });
  if (existsSync(TEMPLATE)) await cp(TEMPLATE, unfinished, { recursive: true });
  else await (await PGlite.create(unfinished)).close();
  await rename(unfinished, made);
  return made;
}
