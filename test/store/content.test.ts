// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { toHex } from "viem";

import { ContentStore } from "../../src/store/content.ts";
import type { Database } from "../../src/store/database.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import type { Hex32 } from "../../src/protocol/ids.ts";
import { codeOf, onEachEngine, onPostgres } from "./engines.ts";

const name = (index: number) => toHex(index, { size: 32 });

onEachEngine("ContentStore", (engine) => {
  let place: DatabaseLocation;
  let database: Database;
  before(async () => {
    place = await engine.place();
    database = await openDatabase(place);
  });
  after(() => database.close());
  beforeEach(() => database.query("DELETE FROM content"));

  const open = (on = database) => ContentStore.open(on, { kinds: ["inputs", "outputs"] });

  it("default", async () => {
    const store = await open();
    await store.put("inputs", name(1), "one");
    expect(store.has("inputs", name(1)), "has it").to.equal(true);
    expect(store.has("outputs", name(1)), "kinds are apart").to.equal(false);
    expect(await store.get("inputs", name(1)), "gives it back").to.equal("one");
    const again = await open();
    expect(again.list("inputs"), "survives a restart").to.deep.equal([name(1)]);
    expect(await again.get("inputs", name(1)), "whole").to.equal("one");
  });

  it("behavior: put replaces, and text comes back as it was", async () => {
    const store = await open();
    for (const text of ["", "a\n\t'\"\\$1", "é\u{1f600}\u{10ffff}", '{"x":"\\u0000"}']) {
      await store.put("inputs", name(1), text);
      expect(await store.get("inputs", name(1)), JSON.stringify(text)).to.equal(text);
    }
    expect(store.list("inputs"), "one name").to.deep.equal([name(1)]);
  });

  it("behavior: a name means the same in both cases", async () => {
    const store = await open();
    const lower = toHex(0xabcdefn, { size: 32 });
    const upper = `0x${lower.slice(2).toUpperCase()}` as Hex32;
    await store.put("inputs", upper, "x");
    expect(store.has("inputs", lower), "lower").to.equal(true);
    expect(store.has("inputs", upper), "upper").to.equal(true);
    expect(store.list("inputs"), "kept in lower case").to.deep.equal([lower]);
  });

  it("behavior: the first writer wins, also among many at once", async () => {
    const [first, second] = [
      await engine.again(database, place),
      await engine.again(database, place),
    ];
    const stores = [await open(first), await open(second)];
    const texts = Array.from({ length: 40 }, (_, index) => `answer ${index}`);
    const stored = await Promise.all(
      texts.map((text, index) => stores[index % 2]!.putIfAbsent("outputs", name(7), text)),
    );
    expect(new Set(stored).size, "everybody gets the same").to.equal(1);
    expect(await stores[0]!.get("outputs", name(7)), "which is stored").to.equal(stored[0]);
    expect(stores[1]!.has("outputs", name(7)), "and known").to.equal(true);
    const late = await stores[1]!.putIfAbsent("outputs", name(7), "late");
    expect(late, "it never changes").to.equal(stored[0]);
    for (const other of [first, second]) if (other !== database) await other.close();
  });

  it("behavior: in a transaction, all or nothing", async () => {
    const store = await open();
    const failing = database.transaction(async (transaction) => {
      await store.put("inputs", name(1), "x", transaction);
      await store.putIfAbsent("outputs", name(1), "y", transaction);
      await transaction.query("SELECT 1/0");
    });
    expect(await codeOf(failing), "fails").to.equal("STORE-005");
    await store.refresh();
    expect(store.has("inputs", name(1)), "nothing known of it").to.equal(false);
    expect(await codeOf(store.get("outputs", name(1))), "nothing stored").to.equal("STORE-013");
    await database.transaction(async (transaction) => {
      await store.put("inputs", name(1), "x", transaction);
      expect(store.has("inputs", name(1)), "not before it is there").to.equal(false);
    });
    await store.refresh();
    expect(store.has("inputs", name(1)), "known after a refresh").to.equal(true);
  });

  it("behavior: a refresh that begins later sees what was written before it began", async () => {
    const [store, other] = [await open(), await open()];
    const early = store.refresh();
    await other.put("inputs", name(9), "x");
    await store.refresh();
    expect(store.has("inputs", name(9)), "seen").to.equal(true);
    await early;
  });

  it("behavior: a sweep removes what is old and not needed", async () => {
    const store = await open();
    for (const index of [1, 2, 3, 4]) await store.put("inputs", name(index), "x");
    await store.put("outputs", name(2), "x");
    await database.query("UPDATE content SET stored_at = 0 WHERE name = ANY($1::text[])", [
      [name(1), name(2), name(4)],
    ]);
    await store.put("inputs", name(4), "stored anew");
    const removed = await store.sweep("inputs", new Set([name(1)]), 60_000);
    expect(removed, "removed").to.equal(1);
    expect(store.list("inputs").sort(), "needed or young").to.deep.equal([
      name(1),
      name(3),
      name(4),
    ]);
    expect(await store.get("outputs", name(2)), "the other kind is left alone").to.equal("x");
  });

  it("behavior: what another process wrote and removed", async () => {
    const far = await engine.again(database, place);
    const [store, other] = [await open(), await open(far)];
    await other.put("inputs", name(1), "one");
    await other.put("inputs", name(2), "two");
    expect(store.has("inputs", name(1)), "not yet known").to.equal(false);
    expect(await store.get("inputs", name(2)), "but given").to.equal("two");
    await store.refresh();
    expect(store.list("inputs").sort(), "known").to.deep.equal([name(1), name(2)]);

    await other.sweep("inputs", new Set([name(2)]), 0);
    expect(await codeOf(store.get("inputs", name(1))), "gone").to.equal("STORE-013");
    expect(store.has("inputs", name(1)), "and forgotten").to.equal(false);
    await other.sweep("inputs", new Set(), 0);
    const impatient = await ContentStore.open(database, { kinds: ["inputs"], reloadMs: 0 });
    await other.put("inputs", name(3), "three");
    await impatient.refresh();
    expect(impatient.list("inputs"), "there").to.deep.equal([name(3)]);
    await other.sweep("inputs", new Set(), 0);
    await impatient.refresh();
    expect(impatient.list("inputs"), "noticed by reading all").to.deep.equal([]);
    if (far !== database) await far.close();
  });

  it("error: names that are not 32 bytes of hex", async () => {
    const store = await open();
    const names = ["../x", "0x..", `0x${"0".repeat(63)}/`, "", name(1).slice(2), `${name(1)}0`];
    for (const bad of [...names, `0X${"0".repeat(64)}`, `${name(1)}\n`]) {
      const put = store.put("inputs", bad as Hex32, "x");
      expect(await codeOf(put), `put ${JSON.stringify(bad)}`).to.equal("STORE-010");
      expect(await codeOf(store.get("inputs", bad as Hex32)), `get ${bad}`).to.equal("STORE-010");
      expect(() => store.has("inputs", bad as Hex32), `has ${bad}`).to.throw("64 hexadecimal");
    }
  });

  it("error: what is too large, too much, or no text", async () => {
    const limits = { maxBytes: 4, maxEntries: 2 };
    const store = await ContentStore.open(database, { kinds: ["inputs", "outputs"], limits });
    expect(await codeOf(store.put("inputs", name(1), "éé")), "4 bytes").to.equal("done");
    expect(await codeOf(store.put("inputs", name(1), "ééx")), "5 bytes").to.equal("STORE-011");
    for (const text of ["a\0", "\ud800"])
      expect(await codeOf(store.put("inputs", name(1), text)), "no text").to.equal("STORE-014");
    expect(await store.get("inputs", name(1)), "unharmed").to.equal("éé");

    const many = [2, 3, 4, 5].map((index) => codeOf(store.put("inputs", name(index), "x")));
    const codes = (await Promise.all(many)).sort();
    expect(codes, "one more at once").to.deep.equal([
      "STORE-012",
      "STORE-012",
      "STORE-012",
      "done",
    ]);
    expect(await codeOf(store.put("inputs", name(1), "new")), "replacing").to.equal("done");
    const absent = store.putIfAbsent("inputs", name(9), "x");
    expect(await codeOf(absent), "if absent").to.equal("STORE-012");
    expect(await codeOf(store.put("outputs", name(9), "x")), "another kind").to.equal("done");
    await store.sweep("inputs", new Set(), 0);
    expect(await codeOf(store.put("inputs", name(9), "x")), "room again").to.equal("done");
  });
});

onPostgres("ContentStore beside other transactions", (engine) => {
  it("behavior: a refresh sees what commits after later rows were seen", async () => {
    const place = await engine.place();
    const [one, two] = [await openDatabase(place), await openDatabase(place)];
    const store = await ContentStore.open(one, { kinds: ["inputs"] });
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = two.transaction(async (transaction) => {
      await store.put("inputs", name(1), "early but slow", transaction);
      begun.resolve();
      await go.promise;
    });
    await begun.promise;
    const other = await ContentStore.open(two, { kinds: ["inputs"] });
    for (const index of [2, 3]) {
      await other.put("inputs", name(index), "late but quick");
      await store.refresh();
    }
    expect(store.list("inputs").sort(), "the quick ones").to.deep.equal([name(2), name(3)]);
    go.resolve();
    await slow;
    await store.refresh();
    expect(store.has("inputs", name(1)), "the slow one too").to.equal(true);
    for (const database of [one, two]) await database.close();
  });
});
