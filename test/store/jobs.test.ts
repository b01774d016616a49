// SPDX-License-Identifier: MIT
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";

import { objectOf } from "../../src/protocol/json.ts";
import { jobSchemaOf } from "../../src/store/boss.ts";
import type { Database } from "../../src/store/database.ts";
import { BaseError } from "../../src/protocol/errors.ts";
import type { Job, Queue } from "../../src/store/job-types.ts";
import { Jobs } from "../../src/store/jobs.ts";
import { type DatabaseLocation, openDatabase } from "../../src/store/open.ts";
import { codeOf, onEachEngine } from "./engines.ts";
import { makeQueue, makeWork, TICK_MS, type Work } from "./job-queues.ts";

class TestError extends BaseError {
  override readonly code = "TEST-001";
}

onEachEngine("Jobs", (engine) => {
  let place: DatabaseLocation;
  let database: Database;
  let names = 0;
  let failures: string[];
  before(async () => {
    place = await engine.place();
    database = await openDatabase(place);
  });
  after(() => database.close());

  /** A queue of its own for each test, with what runs on it; all of it is stopped at the end. */
  const stops: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop();
  });
  const open = async (overrides: Partial<Queue<Work>> = {}, on = database, tickMs = 60_000) => {
    if (overrides.name === undefined) names += 1;
    const queue = makeQueue({ name: `work-${names}`, ...overrides });
    failures = [];
    const jobs = await Jobs.open(on, {
      queues: [queue],
      tickMs,
      onError: (error) => failures.push(error instanceof BaseError ? error.code : String(error)),
    });
    stops.push(() => jobs.close());
    return { jobs, queue };
  };
  const work = (
    jobs: Jobs,
    queue: Queue<Work>,
    handler: (job: Job<Work>) => Promise<void>,
    concurrency = 1,
  ) => {
    const stop = new AbortController();
    const ended = jobs.work(queue, handler, { concurrency, signal: stop.signal });
    const end = async () => {
      stop.abort();
      await ended;
    };
    stops.push(end);
    return end;
  };
  /** Resolves once nothing waits or runs; the handlers' notices, not the clock, make that happen. */
  const idle = async (jobs: Jobs) => {
    for (;;) {
      const [depth] = await jobs.depth();
      if (depth?.queued === 0 && depth.active === 0) return depth;
      await delay(10);
    }
  };

  it("default", async () => {
    const { jobs, queue } = await open();
    const seen: Job<Work>[] = [];
    expect(await jobs.offer(queue, "key", makeWork(1)), "new").to.equal(true);
    work(jobs, queue, async (job) => {
      seen.push(job);
    });
    await idle(jobs);
    expect(seen.length, "once").to.equal(1);
    expect(seen[0], "as offered").to.deep.include({ key: "key", payload: makeWork(1), attempt: 1 });
    const depth = { queue: queue.name, queued: 0, active: 0, oldestSeconds: 0, dead: 0 };
    expect(await jobs.depth(), "nothing left").to.deep.equal([depth]);
    expect(failures, "no failures").to.deep.equal([]);
  });

  it("behavior: there is one job of a key until it is done, also among many offers", async () => {
    const { jobs, queue } = await open();
    const offers = Array.from({ length: 20 }, (_, index) =>
      jobs.offer(queue, "key", makeWork(index)),
    );
    const isNew = await Promise.all(offers);
    expect(isNew.filter(Boolean).length, "one is new").to.equal(1);
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let runs = 0;
    work(
      jobs,
      queue,
      async () => {
        runs += 1;
        begun.resolve();
        await go.promise;
      },
      4,
    );
    await begun.promise;
    expect(await jobs.offer(queue, "key", makeWork(2)), "while it runs").to.equal(false);
    expect(await jobs.offer(queue, "other", makeWork(2)), "another key").to.equal(true);
    go.resolve();
    await idle(jobs);
    expect(runs, "each once").to.equal(2);
    expect(await jobs.offer(queue, "key", makeWork(3)), "after it is done").to.equal(true);
  });

  it("behavior: at most as many at once as the worker has room for, higher priority first", async () => {
    const { jobs, queue } = await open();
    for (let index = 0; index < 12; index += 1)
      await jobs.offer(queue, `key ${index}`, makeWork(index), { priority: index === 11 ? 5 : 0 });
    let [running, most] = [0, 0];
    const order: number[] = [];
    work(
      jobs,
      queue,
      async ({ payload }) => {
        order.push(payload.number);
        running += 1;
        most = Math.max(most, running);
        await delay(5);
        running -= 1;
      },
      3,
    );
    await idle(jobs);
    expect(most, "at once").to.equal(3);
    expect(order.slice(0, 3), "the urgent one among the first").to.include(11);
    expect(
      order.toSorted((a, b) => a - b),
      "each once",
    ).to.deep.equal([...Array(12).keys()]);
  });

  it("behavior: an idle worker is woken at once, long before it polls", async () => {
    const far = await engine.again(database, place);
    const { jobs, queue } = await open();
    const { jobs: theirs } = await open({ name: queue.name }, far);
    let started = Promise.withResolvers<number>();
    work(theirs, queue, async () => started.resolve(performance.now()));
    await jobs.offer(queue, "first", makeWork(0));
    await started.promise;
    await idle(jobs);
    const latencies: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      started = Promise.withResolvers<number>();
      const offered = performance.now();
      await jobs.offer(queue, `turn ${turn}`, makeWork(turn));
      latencies.push((await started.promise) - offered);
      await idle(jobs);
    }
    latencies.sort((a, b) => a - b);
    expect(latencies[10], "milliseconds in the middle, of a poll of 60,000").to.be.below(500);
    if (far !== database)
      stops.unshift(async () => {
        await far.close();
      });
  });

  it("behavior: a delayed job is done when its time has come, without a poll", async () => {
    const { jobs, queue } = await open();
    const started = Promise.withResolvers<number>();
    work(jobs, queue, async () => started.resolve(performance.now()));
    const offered = performance.now();
    await jobs.offer(queue, "later", makeWork(0), { delayMs: 700 });
    const waited = (await started.promise) - offered;
    expect(waited, "not before").to.be.above(690);
    expect(waited, "not much after, of a poll of 60,000").to.be.below(5_000);
  });

  it("behavior: a failed job is tried again after a wait, then is a dead letter that can be revived", async () => {
    const { jobs, queue } = await open({ longestBackoffSeconds: 1 });
    const at: number[] = [];
    let broken = true;
    work(jobs, queue, async ({ attempt }) => {
      at.push(performance.now());
      if (broken) throw new TestError(`Attempt ${attempt} failed.`);
    });
    await jobs.offer(queue, "key", makeWork(7));
    const depth = await idle(jobs);
    expect(depth.dead, "dead").to.equal(1);
    expect(at.length, "once and two retries").to.equal(3);
    for (const [index, time] of at.slice(1).entries())
      expect(time - at[index]!, `wait ${index}`).to.be.within(900, 10_000);
    expect(failures, "each was told").to.deep.equal(["TEST-001", "TEST-001", "TEST-001"]);

    const [letter, ...others] = await jobs.deadLetters();
    expect(others, "one").to.deep.equal([]);
    expect(letter, "with its reason").to.deep.include({
      queue: queue.name,
      key: "key",
      payload: { number: 7, amount: makeWork(7).amount.toString() },
      code: "TEST-001",
      message: "Attempt 3 failed.",
    });
    broken = false;
    expect(await jobs.revive(letter!.id), "a job again").to.equal(true);
    await idle(jobs);
    expect(at.length, "done").to.equal(4);
    expect(await jobs.deadLetters(), "no dead letter").to.deep.equal([]);
    expect(await codeOf(jobs.revive(letter!.id)), "once").to.equal("STORE-034");
    expect(await codeOf(jobs.revive("no id")), "no id").to.equal("STORE-034");
  });

  it("behavior: a dead letter is revived into nothing if its key has a job", async () => {
    const { jobs, queue } = await open({ retries: 0 });
    const end = work(jobs, queue, async () => {
      throw new TestError("down");
    });
    await jobs.offer(queue, "key", makeWork(1));
    await idle(jobs);
    await end();
    await jobs.offer(queue, "key", makeWork(2));
    const [letter] = await jobs.deadLetters();
    expect(await jobs.revive(letter!.id), "not new").to.equal(false);
    const [depth] = await jobs.depth();
    expect(depth, "one job").to.deep.include({ queued: 1, dead: 0 });
  });

  it("behavior: a payload that the reader refuses is a dead letter at once", async () => {
    const { jobs, queue } = await open();
    const other = { ...queue, read: objectOf<{ colour: string }>({ colour: String }) };
    await jobs.offer(other, "foreign", { colour: "red" });
    await jobs.offer(queue, "ours", makeWork(1));
    const seen: string[] = [];
    work(jobs, queue, async ({ key }) => {
      seen.push(key);
    });
    await idle(jobs);
    expect(seen, "no handler saw it").to.deep.equal(["ours"]);
    const [letter] = await jobs.deadLetters();
    expect(letter, "why").to.deep.include({ key: "foreign", code: "PROTO-005" });
    expect(failures.length, "no retries").to.equal(1);
  });

  it("behavior: an unexpected error's message, which may hold anything, is not kept", async () => {
    const { jobs, queue } = await open({ retries: 0 });
    work(jobs, queue, async () => {
      throw new TypeError("a secret");
    });
    await jobs.offer(queue, "key", makeWork(1));
    await idle(jobs);
    const [letter] = await jobs.deadLetters();
    expect(letter, "its name only").to.deep.include({
      code: "TypeError",
      message: "unexpected failure",
    });
  });

  it("behavior: a stopping worker hands back what it does not finish, which costs no retry", async () => {
    const { jobs, queue } = await open({ retries: 0 });
    const begun = Promise.withResolvers<void>();
    const end = work(
      jobs,
      queue,
      async ({ key, signal }) => {
        if (key === "slow") begun.resolve();
        await delay(60_000, undefined, { signal });
      },
      2,
    );
    await jobs.offer(queue, "slow", makeWork(1));
    await begun.promise;
    await end();
    const [depth] = await jobs.depth();
    expect(depth, "waits again").to.deep.include({ queued: 1, active: 0, dead: 0 });
    const attempts: number[] = [];
    work(jobs, queue, async ({ attempt }) => {
      attempts.push(attempt);
    });
    await idle(jobs);
    expect(attempts, "done as if for the first time").to.deep.equal([1]);
    expect(failures, "no failure").to.deep.equal([]);
  });

  it("behavior: what a killed process had taken is free at once for who is alone, and was an attempt", async () => {
    const { jobs, queue } = await open({ retries: 1 });
    const begun = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const attempts: number[] = [];
    const handler = async ({ attempt }: Job<Work>) => {
      attempts.push(attempt);
      begun.resolve();
      await go.promise;
    };
    work(jobs, queue, handler);
    await jobs.offer(queue, "key", makeWork(1));
    await begun.promise;
    await jobs.reclaim();
    const ended = Promise.withResolvers<void>();
    work(jobs, queue, async ({ attempt }) => {
      attempts.push(attempt);
      ended.resolve();
    });
    await ended.promise;
    expect(attempts, "the second one did not wait for the lease").to.deep.equal([1, 2]);
    go.resolve();
    await idle(jobs);
  });

  it("behavior: a stopping worker finishes what goes on", async () => {
    const { jobs, queue } = await open();
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const end = work(jobs, queue, async () => {
      begun.resolve();
      await go.promise;
    });
    await jobs.offer(queue, "key", makeWork(1));
    await begun.promise;
    const ended = end();
    go.resolve();
    await ended;
    const [depth] = await jobs.depth();
    expect(depth, "done").to.deep.include({ queued: 0, active: 0, dead: 0 });
  });

  it("behavior: a job that runs longer than its lease keeps it, and runs once", async () => {
    const { jobs, queue } = await open({ leaseSeconds: 2 }, database, TICK_MS);
    const attempts: number[] = [];
    work(
      jobs,
      queue,
      async ({ attempt, signal }) => {
        attempts.push(attempt);
        await delay(6_000, undefined, { signal });
      },
      2,
    );
    await jobs.offer(queue, "long", makeWork(1));
    await idle(jobs);
    expect(attempts, "one attempt").to.deep.equal([1]);
    expect(failures, "no failure").to.deep.equal([]);
  });

  it("behavior: a handler that takes too long, or does not end at all, does not keep the worker", async () => {
    const { jobs, queue } = await open({ leaseSeconds: 1, timeoutMs: 300, retries: 0 });
    const ends = Promise.withResolvers<void>();
    work(jobs, queue, async ({ key, signal }) => {
      if (key === "late") await delay(60_000, undefined, { signal });
      if (key === "deaf") await ends.promise;
    });
    for (const key of ["late", "deaf", "fine"]) await jobs.offer(queue, key, makeWork(1));
    const depth = await idle(jobs);
    expect(depth.dead, "both are dead").to.equal(2);
    const codes = (await jobs.deadLetters()).map(({ code, key }) => `${key} ${code}`).sort();
    expect(codes, "why").to.deep.equal(["deaf STORE-033", "late STORE-033"]);
    ends.resolve();
  });

  it("behavior: what an attempt that lost its lease says counts for nothing", async () => {
    const { jobs, queue } = await open({ leaseSeconds: 1 }, database, TICK_MS);
    const [second, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const events: string[] = [];
    const handle = async ({ attempt }: Job<Work>) => {
      events.push(`begin ${attempt}`);
      if (attempt === 1) {
        // The lease is taken away behind its back, as after a pause of the process.
        await database.query(
          `UPDATE ${place.schema}_jobs.job SET state = 'retry' WHERE name = $1`,
          [queue.name],
        );
        await database.notify("jobs", queue.name);
        await second.promise;
      } else {
        second.resolve();
        await go.promise;
      }
      events.push(`end ${attempt}`);
    };
    work(jobs, queue, handle, 2);
    await jobs.offer(queue, "key", makeWork(1));
    await second.promise;
    // Time for the first attempt's end, which must not be taken for the second's.
    await delay(300);
    const [depth] = await jobs.depth();
    expect(depth, "the second attempt goes on").to.deep.include({ active: 1 });
    go.resolve();
    await idle(jobs);
    const expected = ["begin 1", "begin 2", "end 1", "end 2"];
    expect(events, "attempts").to.deep.equal(expected);
  });

  it("behavior: dead letters are kept once for each key", async () => {
    const { jobs, queue } = await open({ retries: 0 }, database, TICK_MS);
    let runs = 0;
    work(jobs, queue, async () => {
      runs += 1;
      throw new TestError(`Run ${runs}.`);
    });
    for (let turn = 0; turn < 3; turn += 1) {
      await jobs.offer(queue, "key", makeWork(turn));
      await idle(jobs);
    }
    while ((await jobs.deadLetters()).length > 1) await delay(50);
    const [letter] = await jobs.deadLetters();
    expect(letter?.message, "the newest").to.equal("Run 3.");
  });

  it("behavior: the depth tells what waits, runs and died", async () => {
    const { jobs, queue } = await open({ retries: 0 });
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    work(jobs, queue, async ({ key }) => {
      if (key === "bad") throw new TestError("bad");
      begun.resolve();
      await go.promise;
    });
    await jobs.offer(queue, "bad", makeWork(0));
    await idle(jobs);
    await jobs.offer(queue, "runs", makeWork(1));
    await begun.promise;
    await jobs.offer(queue, "later", makeWork(2), { delayMs: 600_000 });
    const [later] = await jobs.depth();
    expect(later, "nothing waits that could run").to.deep.include({
      queued: 1,
      active: 1,
      dead: 1,
      oldestSeconds: 0,
    });
    await jobs.offer(queue, "waits", makeWork(2));
    await delay(50);
    const [depth] = await jobs.depth();
    expect(depth, "counts").to.deep.include({ queued: 2, active: 1, dead: 1 });
    expect(depth?.oldestSeconds, "age").to.be.within(0.04, 60);
    go.resolve();
  });

  it("behavior: the bound holds for several who offer, though not every offer counts", async () => {
    const bound = 100;
    const { jobs, queue } = await open({ bound });
    const other = await Jobs.open(database, { queues: [queue], onError: () => {} });
    stops.push(() => other.close());
    let offered = 0;
    const codes = new Set<string | undefined>();
    for (let turn = 0; turn < 2 * bound; turn += 1) {
      const by = turn % 2 === 0 ? jobs : other;
      const code = await codeOf(by.offer(queue, String(turn), makeWork(turn)));
      if (code === "STORE-031") codes.add(code);
      else offered += 1;
    }
    expect([...codes], "refused").to.deep.equal(["STORE-031"]);
    expect(offered, "exactly as many as there is room for").to.equal(bound);
  });

  it("behavior: the next job is found without reading all that wait", async () => {
    const { jobs, queue } = await open();
    await jobs.offer(queue, "first", makeWork(1));
    const plan = await database.query<Record<"QUERY PLAN", string>>(
      `EXPLAIN SELECT id FROM ${jobSchemaOf(database)}.job_common
       WHERE name = '${queue.name}' AND state < 'active' AND start_after < now()
       ORDER BY priority DESC, created_on, id LIMIT 1`,
    );
    const text = plan.map((row) => row["QUERY PLAN"]).join("\n");
    expect(text, "in the index's order").to.include("job_order").and.not.include("Sort");
  });

  it("error: a queue at its bound, and a name that is none", async () => {
    const { jobs, queue } = await open({ bound: 3 });
    for (const key of ["1", "2", "3"]) await jobs.offer(queue, key, makeWork(1));
    expect(await codeOf(jobs.offer(queue, "4", makeWork(1))), "full").to.equal("STORE-031");
    expect(await jobs.offer(queue, "3", makeWork(1)), "known").to.equal(false);
    work(jobs, queue, async () => {});
    await idle(jobs);
    expect(await jobs.offer(queue, "4", makeWork(1)), "room again").to.equal(true);
    for (const name of ["", "a b", "a'", "x".repeat(41)]) {
      const opening = Jobs.open(database, { queues: [makeQueue({ name })], onError: () => {} });
      expect(await codeOf(opening), JSON.stringify(name)).to.equal("STORE-030");
    }
  });
});
