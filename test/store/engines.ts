// SPDX-License-Identifier: MIT
/** Both engines, so that what holds for one is tested on the other. Servers and folders are made once and shared. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Database } from "../../src/store/database.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { BaseError } from "../../src/protocol/errors.ts";
import { type PostgresServer, startPostgres } from "../../scripts/postgres-server.ts";
import { hasPostgres } from "../support/postgres.ts";

const SLOW_MS = 120_000;

export interface Engine {
  name: "pglite" | "postgres";
  /** A place where nothing is stored yet. */
  place(): Promise<DatabaseLocation>;
  /** Opens the place once more, as another process would; PGlite has one process, which gets what it has. */
  again(database: Database, place: DatabaseLocation): Promise<Database>;
}

let server: Promise<PostgresServer> | undefined;
const folders: string[] = [];
let schemas = 0;

/** The one server of this run; who stops it starts it again. */
export function sharedPostgres(): Promise<PostgresServer> {
  server ??= startPostgres();
  return server;
}

/** A folder that is removed when all tests are through. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "assay-store-"));
  folders.push(folder);
  return folder;
}

const pglite: Engine = {
  name: "pglite",
  place: async () => ({ location: await makeFolder(), schema: "node" }),
  again: async (database) => database,
};

const postgres: Engine = {
  name: "postgres",
  place: async () => {
    schemas += 1;
    const { url } = await sharedPostgres();
    return { location: url, schema: `test_${schemas}` };
  },
  again: (_database, place) => openDatabase(place),
};

const engines: readonly Engine[] = hasPostgres() ? [pglite, postgres] : [pglite];

/** Defines the suite once for each engine that this machine has. */
export function onEachEngine(name: string, define: (engine: Engine) => void): void {
  for (const engine of engines) describeOn(engine, name, define);
}

export function onPglite(name: string, define: (engine: Engine) => void): void {
  describeOn(pglite, name, define);
}

/** Defines the suite if there is a Postgres server. */
export function onPostgres(name: string, define: (engine: Engine) => void): void {
  if (engines.includes(postgres)) describeOn(postgres, name, define);
}

function describeOn(engine: Engine, name: string, define: (engine: Engine) => void): void {
  describe(`${name} on ${engine.name}`, function () {
    this.timeout(SLOW_MS);
    define(engine);
  });
}

export async function codeOf(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => "done",
    (error: unknown) => (error instanceof BaseError ? error.code : String(error)),
  );
}

after(async function () {
  this.timeout(SLOW_MS);
  await (await server)?.remove();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
