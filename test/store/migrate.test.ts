// SPDX-License-Identifier: MIT
import { expect } from "chai";

import type { Database } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { type Migration, MIGRATIONS } from "../../src/store/migrations.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { openPglite } from "../../src/store/pglite.ts";
import { openPostgres } from "../../src/store/postgres.ts";
import { codeOf, onEachEngine, onPostgres } from "./engines.ts";

/** A future of the schema, so that there are earlier versions to come from. */
const LONGER: readonly Migration[] = [
  ...MIGRATIONS,
  { name: "notes", statements: ["CREATE TABLE notes (id integer)"] },
  {
    name: "titles",
    statements: ["ALTER TABLE notes ADD COLUMN title text", "INSERT INTO notes VALUES (1, 'kept')"],
  },
];

/** Opens the place without bringing it to any version. */
function openRaw({ location }: DatabaseLocation, schema: string): Promise<Database> {
  return location.startsWith("postgres")
    ? openPostgres(location, schema)
    : openPglite(location, schema);
}

async function tablesOf(database: Database): Promise<unknown[]> {
  const rows = await database.query(
    `SELECT table_name || '.' || column_name || ' ' || data_type AS column
     FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1`,
  );
  return rows.map(({ column }) => column);
}

onEachEngine("migrate", (engine) => {
  let place: DatabaseLocation;
  before(async () => {
    place = await engine.place();
  });
  let schemas = 0;
  const fresh = () => {
    schemas += 1;
    return openRaw(place, `${engine.name}_migrate_${schemas}`);
  };

  it("default", async () => {
    const database = await fresh();
    await migrate(database);
    const [row] = await database.query("SELECT max(version) AS version FROM migrations");
    expect(row, "the newest version").to.deep.equal({ version: MIGRATIONS.length });
    const tables = await tablesOf(database);
    await migrate(database);
    expect(await tablesOf(database), "again changes nothing").to.deep.equal(tables);
    await database.close();
  });

  it("behavior: from each earlier version to the same tables", async () => {
    const reference = await fresh();
    await migrate(reference, LONGER);
    const tables = await tablesOf(reference);
    await reference.close();
    for (let version = 0; version <= LONGER.length; version += 1) {
      const database = await fresh();
      await migrate(database, LONGER.slice(0, version));
      await migrate(database, LONGER);
      expect(await tablesOf(database), `from ${version}`).to.deep.equal(tables);
      const notes = await database.query("SELECT title FROM notes");
      expect(notes, "each statement ran once").to.deep.equal([{ title: "kept" }]);
      await database.close();
    }
  });

  it("behavior: a step that fails leaves the version before it", async () => {
    const database = await fresh();
    const broken = { name: "broken", statements: ["CREATE TABLE half (id integer)", "SELECT 1/0"] };
    const migrating = migrate(database, [...MIGRATIONS, broken]);
    expect(await codeOf(migrating), "refused").to.equal("STORE-005");
    await migrate(database, LONGER);
    expect(await tablesOf(database), "nothing of it").to.not.include("half.id integer");
    await database.close();
  });

  it("error: a database of a newer version", async () => {
    const database = await openRaw(place, "newer");
    await migrate(database, LONGER);
    await database.close();
    const opening = openDatabase({ ...place, schema: "newer" });
    expect(await codeOf(opening), "refused").to.equal("STORE-004");
    const again = await openRaw(place, "newer");
    const notes = await again.query("SELECT title FROM notes");
    expect(notes, "and left as it is").to.deep.equal([{ title: "kept" }]);
    await again.close();
  });
});

onPostgres("migrate by many processes at once", (engine) => {
  it("behavior: all of them open it", async () => {
    const place = await engine.place();
    const databases = await Promise.all(Array.from({ length: 6 }, () => openDatabase(place)));
    for (const database of databases) {
      const [row] = await database.query("SELECT count(*) AS steps FROM migrations");
      expect(row, "each step once").to.deep.equal({ steps: BigInt(MIGRATIONS.length) });
      await database.close();
    }
  });
});
