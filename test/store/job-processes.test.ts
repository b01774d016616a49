// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";

import { type Database, openDatabase } from "../../src/store/index.ts";
import type { Job } from "../../src/store/job-types.ts";
import { Jobs } from "../../src/store/jobs.ts";
import { startChild } from "./children.ts";
import { onEachEngine, onPostgres, sharedPostgres } from "./engines.ts";
import { makeQueue, makeRunTables, makeWork, TICK_MS, type Work } from "./job-queues.ts";

const onError = () => {};

/** Resolves once nothing waits or runs. */
async function untilIdle(jobs: Jobs): Promise<void> {
  for (;;) {
    const [depth] = await jobs.depth();
    if (depth?.queued === 0 && depth.active === 0) return;
    await delay(20);
  }
}

async function doneIn(database: Database): Promise<number> {
  const [row] = await database.query<{ count: bigint }>("SELECT count(*) AS count FROM done");
  return Number(row?.count);
}

onEachEngine("Jobs of a killed process", (engine) => {
  it("behavior: another worker does them, after the lease and a tick", async () => {
    const place = await engine.place();
    const setup = await openDatabase(place);
    await makeRunTables(setup);
    await setup.close();
    const settings = { leaseSeconds: 2 };
    const child = startChild("work", place, {
      queue: settings,
      offer: "key",
      takesMs: 600_000,
      concurrency: 1,
    });
    await child.says("began key");
    // Longer than the lease: it is renewed, so the lease's end counts from the kill.
    await delay(3_000);
    child.kill("SIGKILL");
    await child.ended;
    const killed = performance.now();

    const database = await openDatabase(place);
    const queue = makeQueue(settings);
    const jobs = await Jobs.open(database, { queues: [queue], tickMs: TICK_MS, onError });
    const taken = Promise.withResolvers<Job<Work>>();
    const stop = new AbortController();
    const ended = jobs.work(queue, async (job) => taken.resolve(job), {
      concurrency: 1,
      signal: stop.signal,
    });
    const job = await taken.promise;
    expect(job, "the same job, again").to.deep.include({
      key: "key",
      payload: makeWork(0),
      attempt: 2,
    });
    // The lease, two ticks, and on a busy machine the opening of the database.
    expect(performance.now() - killed, "milliseconds").to.be.below(2_000 + 2 * TICK_MS + 20_000);
    stop.abort();
    await ended;
    await jobs.close();
    await database.close();
  });

  it("behavior: a process that is told to stop hands back, and nobody waits for a lease", async () => {
    const place = await engine.place();
    const setup = await openDatabase(place);
    await makeRunTables(setup);
    await setup.close();
    const settings = { leaseSeconds: 3_600 };
    const child = startChild("work", place, {
      queue: settings,
      offer: "key",
      takesMs: 600_000,
      concurrency: 1,
    });
    await child.says("began key");
    child.kill("SIGTERM");
    await child.says("ended");
    await child.ended;
    const database = await openDatabase(place);
    const jobs = await Jobs.open(database, { queues: [makeQueue(settings)], onError });
    const [depth] = await jobs.depth();
    expect(depth, "waits").to.deep.include({ queued: 1, active: 0, dead: 0 });
    await jobs.close();
    await database.close();
  });
});

onPostgres("Jobs of several processes", (engine) => {
  /** Workers in processes of their own, and the means to offer them work. */
  const start = async (takesMs: number, leaseSeconds: number, workers: number) => {
    const place = await engine.place();
    const database = await openDatabase(place);
    await makeRunTables(database);
    const queue = makeQueue({ leaseSeconds, retries: 0 });
    const jobs = await Jobs.open(database, { queues: [queue], tickMs: TICK_MS, onError });
    const options = { queue: { leaseSeconds, retries: 0 }, takesMs, concurrency: 4 };
    const children = Array.from({ length: workers }, () => startChild("work", place, options));
    for (const child of children) await child.says("ready");
    const stop = async () => {
      for (const child of children) child.kill("SIGTERM");
      for (const child of children) await child.ended;
      await jobs.close();
      await database.close();
    };
    return { place, database, queue, jobs, children, stop };
  };

  it("behavior: two share 200 jobs, and each is done exactly once", async () => {
    const { database, queue, jobs, children, stop } = await start(5, 30, 2);
    for (let index = 0; index < 200; index += 1)
      expect(await jobs.offer(queue, `job ${index}`, makeWork(index)), "new").to.equal(true);
    await untilIdle(jobs);
    expect(await doneIn(database), "all, none twice").to.equal(200);
    expect(await jobs.deadLetters(), "no failures").to.deep.equal([]);
    for (const child of children) {
      const did = child.lines.filter((line) => line.startsWith("did")).length;
      expect(did, "each process did some").to.be.above(20);
    }
    await stop();
  });

  it("behavior: no job runs twice while its lease is renewed", async () => {
    const { database, queue, jobs, stop } = await start(5_000, 1, 2);
    for (let index = 0; index < 4; index += 1)
      await jobs.offer(queue, `job ${index}`, makeWork(index));
    await untilIdle(jobs);
    expect(await doneIn(database), "each once").to.equal(4);
    expect(await jobs.deadLetters(), "no second run failed").to.deep.equal([]);
    await stop();
  });

  it("behavior: none is lost or done twice when the server is restarted", async () => {
    const { place, database, jobs, queue, stop } = await start(5, 30, 0);
    for (let index = 0; index < 40; index += 1)
      await jobs.offer(queue, `job ${index}`, makeWork(index));
    const seen: string[] = [];
    const some = Promise.withResolvers<void>();
    const end = new AbortController();
    const handler = async ({ key }: Job<Work>) => {
      seen.push(key);
      if (seen.length === 10) some.resolve();
      await delay(20);
    };
    const ended = jobs.work(queue, handler, { concurrency: 4, signal: end.signal });
    await some.promise;
    const server = await sharedPostgres();
    await server.stop();
    await delay(1_000);
    await server.start();
    await untilIdle(jobs);
    expect(seen.length, "each was begun once").to.equal(40);
    expect(new Set(seen).size, "all of them").to.equal(40);

    // The notices work again, too.
    const other = await openDatabase(place);
    const theirs = await Jobs.open(other, { queues: [queue], tickMs: 60_000, onError });
    await theirs.offer(queue, "after", makeWork(1));
    await untilIdle(jobs);
    expect(seen.at(-1), "done").to.equal("after");
    end.abort();
    await ended;
    await theirs.close();
    await other.close();
    expect(await doneIn(database), "the tables are there").to.equal(0);
    await stop();
  });

  it("behavior: many processes may make the queues at once", async () => {
    const place = await engine.place();
    const databases = await Promise.all(Array.from({ length: 5 }, () => openDatabase(place)));
    const opened = await Promise.all(
      databases.map((database) => Jobs.open(database, { queues: [makeQueue()], onError })),
    );
    const isNew = await Promise.all(
      opened.map((jobs) => jobs.offer(makeQueue(), "key", makeWork(1))),
    );
    expect(isNew.filter(Boolean).length, "one job").to.equal(1);
    for (const jobs of opened) await jobs.close();
    for (const database of databases) await database.close();
  });
});
