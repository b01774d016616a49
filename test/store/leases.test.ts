// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";

import type { Database } from "../../src/store/database.ts";
import { LeaseLostError, QueryFailedError } from "../../src/store/errors.ts";
import { type Lease, Leases } from "../../src/store/leases.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { startChild } from "./children.ts";
import { codeOf, onEachEngine, onPostgres, sharedPostgres } from "./engines.ts";

const fired = (signal: AbortSignal) =>
  new Promise<number>((resolve) => {
    if (signal.aborted) resolve(performance.now());
    signal.addEventListener("abort", () => resolve(performance.now()));
  });

/** What `acquire` gives to somebody who waits as long as it takes. */
async function acquire(leases: Leases, name: string, ttlMs: number): Promise<Lease> {
  const lease = await leases.acquire({ name, holder: "test", ttlMs });
  expect(lease, "acquired").to.not.equal(undefined);
  return lease!;
}

onEachEngine("Leases", (engine) => {
  let place: DatabaseLocation;
  let database: Database;
  let leases: Leases;
  before(async () => {
    place = await engine.place();
    database = await openDatabase(place);
    leases = await Leases.open(database);
  });
  after(() => database.close());

  it("default", async () => {
    const lease = await acquire(leases, "default", 10_000);
    expect(lease.fence, "the first").to.equal(1n);
    const patience = new AbortController();
    const waiting = leases.acquire({
      name: "default",
      holder: "b",
      ttlMs: 10_000,
      signal: patience.signal,
    });
    const other = await acquire(leases, "other", 10_000);
    patience.abort();
    expect(await waiting, "one holder").to.equal(undefined);
    await database.transaction((transaction) => lease.assertHeld(transaction));
    await lease.release();
    const next = await acquire(leases, "default", 10_000);
    expect(next.fence, "fences grow").to.equal(2n);
    const stale = database.transaction((transaction) => lease.assertHeld(transaction));
    expect(await codeOf(stale), "the old one holds nothing").to.equal("STORE-020");
    for (const held of [next, other]) await held.release();
  });

  it("behavior: a waiter gets it as soon as it is released", async () => {
    const far = await engine.again(database, place);
    const lease = await acquire(leases, "handover", 60_000);
    const waiting = acquire(await Leases.open(far), "handover", 60_000);
    // Long enough for the waiter to find it taken, whichever way its statements go.
    await delay(200);
    const released = performance.now();
    await lease.release();
    const next = await waiting;
    expect(performance.now() - released, "milliseconds, of 60,000").to.be.below(5_000);
    expect(next.fence, "the next").to.equal(2n);
    await next.release();
    if (far !== database) await far.close();
  });

  it("behavior: one holder among four contenders, in turn", async () => {
    let holders = 0;
    const fences: bigint[] = [];
    const contend = async () => {
      const far = await engine.again(database, place);
      const theirs = await Leases.open(far);
      for (let turn = 0; turn < 5; turn += 1) {
        const lease = await acquire(theirs, "contended", 20_000);
        holders += 1;
        expect(holders, "alone").to.equal(1);
        fences.push(lease.fence);
        await database.query("SELECT 1");
        holders -= 1;
        await lease.release();
      }
      if (far !== database) await far.close();
    };
    await Promise.all([contend(), contend(), contend(), contend()]);
    const expected = Array.from({ length: 20 }, (_, index) => BigInt(index + 1));
    expect(fences, "each fence once, in order").to.deep.equal(expected);
  });

  it("behavior: it is renewed for as long as it is needed", async () => {
    const lease = await acquire(leases, "renewed", 600);
    const patience = new AbortController();
    const waiting = leases.acquire({
      name: "renewed",
      holder: "b",
      ttlMs: 600,
      signal: patience.signal,
    });
    await delay(2_000);
    expect(lease.lost.aborted, "held").to.equal(false);
    patience.abort();
    expect(await waiting, "by one").to.equal(undefined);
    await lease.release();
  });

  it("behavior: lost fires before another can have it, when renewals fail", async () => {
    let broken = false;
    const failing: Database = {
      ...database,
      query: async (text, values) => {
        if (broken) throw new QueryFailedError("renewal", "", undefined);
        return database.query(text, values);
      },
    };
    const lease = await acquire(await Leases.open(failing), "broken", 1_500);
    const waiting = acquire(leases, "broken", 10_000).then((next) => ({
      next,
      at: performance.now(),
    }));
    broken = true;
    const lostAt = await fired(lease.lost);
    expect(lease.lost.reason, "says why").to.be.instanceOf(LeaseLostError);
    const { next, at } = await waiting;
    expect(at, "before").to.be.above(lostAt);
    await next.release();
  });

  it("behavior: lost fires at the next renewal when somebody else has it", async () => {
    const lease = await acquire(leases, "stolen", 900);
    await database.query("UPDATE leases SET fence = fence + 1 WHERE name = 'stolen'");
    await fired(lease.lost);
    await lease.release();
    const [row] = await database.query(
      "SELECT expires_at > 0 AS held FROM leases WHERE name = 'stolen'",
    );
    expect(row, "releasing it touches nothing").to.deep.equal({ held: true });
  });

  it("behavior: an old fence writes nothing, even where the lease is held again", async () => {
    const lease = await acquire(leases, "fenced", 600);
    await lease.release();
    const again = await acquire(leases, "fenced", 60_000);
    const failing = database.transaction(async (transaction) => {
      await lease.assertHeld(transaction);
      await transaction.query("INSERT INTO leases VALUES ('written by the old', '', 1, 1)");
    });
    expect(await codeOf(failing), "refused").to.equal("STORE-020");
    const [row] = await database.query(
      "SELECT count(*) AS count FROM leases WHERE name LIKE 'written%'",
    );
    expect(row, "nothing written").to.deep.equal({ count: 0n });
    await again.release();
  });
});

onPostgres("Leases of several processes", (engine) => {
  let place: DatabaseLocation;
  let database: Database;
  let leases: Leases;
  before(async () => {
    place = await engine.place();
    database = await openDatabase(place);
    leases = await Leases.open(database);
  });
  after(() => database.close());

  it("behavior: another process takes over from one that was killed", async () => {
    const child = startChild("lead", place, { name: "killed", ttlMs: 1_000 });
    await child.says("held 1");
    const waiting = acquire(leases, "killed", 1_000);
    child.kill("SIGKILL");
    const killed = performance.now();
    const lease = await waiting;
    expect(lease.fence, "the next").to.equal(2n);
    expect(
      performance.now() - killed,
      "milliseconds, of 1,000 and what a busy machine adds",
    ).to.be.below(10_000);
    await lease.release();
  });

  it("behavior: a leader that was paused writes nothing after its successor", async () => {
    await database.query(
      "CREATE TABLE writes (id bigint GENERATED ALWAYS AS IDENTITY, fence bigint)",
    );
    const child = startChild("lead", place, { name: "paused", ttlMs: 800 });
    await child.says("wrote");
    child.kill("SIGSTOP");
    const lease = await acquire(leases, "paused", 60_000);
    await database.transaction(async (transaction) => {
      await lease.assertHeld(transaction);
      await transaction.query("INSERT INTO writes (fence) VALUES ($1)", [lease.fence]);
    });
    child.kill("SIGCONT");
    expect(await child.says("refused"), "its next write").to.equal("refused STORE-020");
    const [last] = await database.query("SELECT fence FROM writes ORDER BY id DESC LIMIT 1");
    expect(last, "the successor wrote last").to.deep.equal({ fence: 2n });
    await child.says("lost");
    child.kill("SIGKILL");
    await lease.release();
  });

  it("behavior: a transaction that asserted it ends before the next holder begins", async () => {
    const far = await openDatabase(place);
    const lease = await acquire(leases, "locked", 500);
    const order: string[] = [];
    const waiting = acquire(await Leases.open(far), "locked", 60_000).then((next) => {
      order.push("next holder");
      return next;
    });
    await database.transaction(async (transaction) => {
      await lease.assertHeld(transaction);
      await fired(lease.lost);
      await delay(500);
      order.push("committed");
    });
    await (await waiting).release();
    expect(order, "in this order").to.deep.equal(["committed", "next holder"]);
    await far.close();
  });

  it("behavior: no holder and no waiter is stuck after the server was restarted", async () => {
    const lease = await acquire(leases, "restarted", 1_000);
    const waiting = acquire(leases, "restarted", 1_000);
    const server = await sharedPostgres();
    await server.stop();
    await fired(lease.lost);
    await server.start();
    const next = await waiting;
    expect(next.fence, "the waiter has it").to.equal(2n);
    await next.release();
  });
});
