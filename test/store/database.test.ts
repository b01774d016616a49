// SPDX-License-Identifier: MIT
import { expect } from "chai";

import type { Database } from "../../src/store/database.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { codeOf, onEachEngine, onPostgres, sharedPostgres } from "./engines.ts";

onEachEngine("Database", (engine) => {
  let place: DatabaseLocation;
  let database: Database;
  before(async () => {
    place = await engine.place();
    database = await openDatabase(place);
    await database.query("CREATE TABLE rows (id integer PRIMARY KEY, text text)");
  });
  after(() => database.close());
  beforeEach(() => database.query("DELETE FROM rows"));

  const ids = async () => {
    const rows = await database.query<{ id: number }>("SELECT id FROM rows ORDER BY id");
    return rows.map(({ id }) => id);
  };

  it("default", async () => {
    const rows = await database.query(
      "SELECT $1::text AS text, $2::bigint AS int8, $3::integer AS int4, $4::boolean AS bool, $5::jsonb AS json, NULL AS none",
      ["é\u{1f600}", 2n ** 63n - 1n, -7, true, { list: [1, "2", null], deep: { yes: true } }],
    );
    expect(rows, "the same types on both engines").to.deep.equal([
      {
        text: "é\u{1f600}",
        int8: 9_223_372_036_854_775_807n,
        int4: -7,
        bool: true,
        json: { list: [1, "2", null], deep: { yes: true } },
        none: null,
      },
    ]);
  });

  it("behavior: counts are bigints, and lists go in as lists", async () => {
    const [row] = await database.query(
      "SELECT count(*) AS count FROM unnest($1::text[]) AS t(x) WHERE x = ANY($2::text[])",
      [
        ["a", 'b"', "c,{}"],
        ['b"', "c,{}", "\\"],
      ],
    );
    expect(row?.["count"], "count").to.equal(2n);
  });

  it("behavior: a transaction is all or nothing", async () => {
    const failing = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO rows VALUES (1, 'one')");
      await transaction.query("INSERT INTO rows VALUES (1, 'again')");
    });
    expect(await codeOf(failing), "the failure is told").to.equal("STORE-005");
    expect(await ids(), "nothing of it is there").to.deep.equal([]);
    const answer = await database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO rows VALUES (2, 'two')");
      return "answer";
    });
    expect(answer, "what the work returned").to.equal("answer");
    expect(await ids(), "all of it is there").to.deep.equal([2]);
  });

  it("behavior: an error of ours in a transaction undoes it and comes out as it is", async () => {
    const failure = new RangeError("ours");
    const failing = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO rows VALUES (3, 'three')");
      throw failure;
    });
    const caught = await failing.catch((error: unknown) => error);
    expect(caught, "the very error").to.equal(failure);
    expect(await ids(), "undone").to.deep.equal([]);
  });

  it("behavior: a script runs whole, and a failed one leaves nothing open", async () => {
    const rows = await database.script(
      "BEGIN; INSERT INTO rows VALUES (4, 'four') RETURNING id; SELECT 5 AS id; COMMIT;",
    );
    expect(rows, "the rows of all statements").to.deep.equal([{ id: 4 }, { id: 5 }]);
    const failing = database.script(
      "BEGIN; INSERT INTO rows VALUES (6, 'six'); SELECT 1/0; COMMIT;",
    );
    expect(await codeOf(failing), "refused").to.equal("STORE-005");
    // More than there are connections, so that a broken one would be met.
    for (let turn = 0; turn < 10; turn += 1)
      expect(await ids(), "usable, and undone").to.deep.equal([4]);
  });

  it("behavior: what is said is heard, in the other process too", async () => {
    const other = await engine.again(database, place);
    const heard: string[] = [];
    const all = Promise.withResolvers<void>();
    const hear = (payload: string) => {
      heard.push(payload);
      if (heard.length === 4) all.resolve();
    };
    await other.listen("words", hear);
    await other.listen("words", hear);
    await database.notify("words", "one");
    await database.notify("words", "two");
    await all.promise;
    expect(heard.sort(), "each listener hears each").to.deep.equal(["one", "one", "two", "two"]);
    if (other !== database) await other.close();
  });

  it("error: a failed statement names itself and no values", async () => {
    const error = await database
      .query("INSERT INTO rows VALUES ($1, $2)", [1, "secret"])
      .then(() => database.query("INSERT INTO rows VALUES ($1, $2)", [1, "secret"]))
      .catch((caught: unknown) => caught);
    expect(error, "typed").to.include({ code: "STORE-005", sqlState: "23505" });
    expect((error as Error).message, "no values").to.not.contain("secret");
  });

  it("error: a schema's name that would need quotes or is too long to derive names from", async () => {
    for (const schema of ["", "A", "1a", "a-b", 'a"; DROP', "a".repeat(46)]) {
      const failing = openDatabase({ ...place, schema });
      expect(await codeOf(failing), JSON.stringify(schema)).to.equal("STORE-001");
    }
  });
});

onPostgres("Database through a server's restart", () => {
  it("behavior: statements fail meanwhile and work after, and listeners hear again", async () => {
    const server = await sharedPostgres();
    const database = await openDatabase({ location: server.url, schema: "restart" });
    const heard = Promise.withResolvers<void>();
    await database.listen("words", (payload) => {
      if (payload === "after") heard.resolve();
    });
    const broken = database.transaction(async (transaction) => {
      await transaction.query("SELECT 1");
      await server.stop();
      await transaction.query("SELECT 2");
    });
    expect(await codeOf(broken), "the transaction fails").to.equal("STORE-005");
    expect(await codeOf(database.query("SELECT 1")), "no server").to.equal("STORE-005");
    await server.start();
    expect(await database.query("SELECT 1 AS one"), "works again").to.deep.equal([{ one: 1 }]);
    // Until the ears are connected again what is said is lost, so it is said until it is heard.
    const repeat = setInterval(() => void database.notify("words", "after"), 50);
    await heard.promise;
    clearInterval(repeat);
    await database.close();
  });

  it("error: no server at the address, or no such user", async () => {
    const { url } = await sharedPostgres();
    const wrong = new URL(url);
    wrong.username = "nobody";
    for (const location of ["postgres://assay@127.0.0.1:1/postgres", wrong.href]) {
      expect(await codeOf(openDatabase({ location, schema: "none" })), location).to.equal(
        "STORE-002",
      );
    }
  });
});
