// SPDX-License-Identifier: MIT
// RPCs that lose, double, refuse and cut what they are given, and two processes on one database.
import { expect } from "chai";
import { HttpRequestError } from "viem";

import { BaseError } from "../../../src/protocol/errors.ts";
import type { Queryable } from "../../../src/store/database.ts";
import { rejection } from "../../client/rejection.ts";
import { intentOf, makeChain, type TestChain, until } from "./chain.ts";
import type { Ask, Fault } from "./parts.ts";

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function tooMany(method: string): HttpRequestError {
  const headers = new Headers({ "Retry-After": "0.01" });
  return new HttpRequestError({ url: "http://rpc.test", status: 429, headers, body: { method } });
}

/** An RPC that fails about every second time it sends or tells a receipt. */
function moody(random: () => number): Fault {
  const send = async (method: string, params: unknown, ask: Ask): Promise<unknown> => {
    const mood = random();
    if (mood < 0.15) return `0x${"00".repeat(32)}`; // said to be taken, and lost
    if (mood < 0.3) throw tooMany(method);
    const answer = await ask(method, params);
    if (mood < 0.45) await ask(method, params); // refused as known
    if (mood < 0.6) throw new SyntaxError("Unexpected end of JSON input");
    return answer;
  };
  const tell = async (method: string, params: unknown, ask: Ask): Promise<unknown> => {
    const mood = random();
    if (mood < 0.15) return null;
    if (mood < 0.3) throw tooMany(method);
    const receipt = await ask(method, params);
    if (typeof receipt !== "object" || receipt === null) return receipt;
    if (mood < 0.45) return { ...receipt, logs: [] };
    if (mood < 0.6) return { transactionHash: Reflect.get(receipt, "transactionHash") };
    return receipt;
  };
  return async (method, params, ask) => {
    if (method === "eth_sendRawTransaction") return send(method, params, ask);
    if (method === "eth_getTransactionReceipt") return tell(method, params, ask);
    if (random() < 0.05) throw tooMany(method);
    return ask(method, params);
  };
}

class LeaseLostError extends BaseError {
  override readonly code = "TEST-001";
  constructor() {
    super("Another process holds the lease.");
  }
}

/** Holds the lease only while its row says so. */
const heldBy = (holder: string) => async (transaction: Queryable) => {
  const rows = await transaction.query(
    "SELECT fence FROM leases WHERE name = 'sender' AND holder = $1 FOR UPDATE",
    [holder],
  );
  if (rows.length === 0) throw new LeaseLostError();
};

const giveLease = (database: Queryable, holder: string) =>
  database.query(
    `INSERT INTO leases (name, holder, fence, expires_at) VALUES ('sender', $1, 1, 0)
     ON CONFLICT (name) DO UPDATE SET holder = $1, fence = leases.fence + 1`,
    [holder],
  );

describe("Sender among faults", () => {
  let world: TestChain;
  before(async () => {
    world = await makeChain();
  });
  after(() => world.close());

  for (const seed of [1, 2, 3]) {
    it(`behavior: an RPC that loses, doubles, refuses and cuts, seed ${seed}`, async () => {
      let clock = Date.now();
      const bench = await world.makeBench({
        fault: moody(seeded(seed)),
        keys: ["node", "second"],
        // Each look is a minute later: what was lost is sent again.
        now: () => (clock += 60_000),
        stuckAfterMs: 10 ** 12,
      });
      const actions = Array.from({ length: 10 }, (_, n) => `moody:${seed}:${n}`);
      const sent = Promise.all(actions.map((action) => world.mint(bench, action, { from: "any" })));
      const done = await bench.drive(sent);
      for (const [index, action] of actions.entries()) {
        expect(await world.countOf(action), action).to.equal(1n);
        expect(done[index]?.receipt.logs, `logs of ${action}`).to.have.length(1);
      }
    });
  }

  it("behavior: two senders without a lease: each action once", async () => {
    const first = await world.makeBench();
    const second = await world.makeBench({ database: first.database });
    const actions = Array.from({ length: 8 }, (_, n) => `pair:${n}`);
    const sent = actions.flatMap((action) => [
      world.mint(first, action),
      world.mint(second, action),
    ]);
    const both = Promise.all([first, second].map((bench) => bench.drive(Promise.all(sent))));
    const [done = []] = await both;
    for (const [index, action] of actions.entries()) {
      expect(await world.countOf(action), action).to.equal(1n);
      expect(done[2 * index]?.hash, `one transaction of ${action}`).to.equal(
        done[2 * index + 1]?.hash,
      );
    }
  });

  it("behavior: who lost the lease signs nothing, and the next goes on", async () => {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const first = await world.makeBench({
      assertHeld: heldBy("first"),
      fault: async (method, params, ask) => {
        if (method === "eth_getBalance") {
          reached.resolve();
          await released.promise;
        }
        return ask(method, params);
      },
    });
    await giveLease(first.database, "first");
    const paused = rejection(world.mint(first, "paused"));
    await reached.promise;

    await giveLease(first.database, "second");
    const second = await world.makeBench({
      database: first.database,
      assertHeld: heldBy("second"),
    });
    const { receipt } = await second.drive(world.mint(second, "paused"));
    released.resolve();
    expect(await paused, "refused").to.be.instanceOf(LeaseLostError);
    expect(await world.countOf("paused"), "mints").to.equal(1n);
    expect(await intentOf(first.database, "paused"), "stored").to.include({
      state: "mined",
      mined_hash: receipt.transactionHash,
    });
  });

  it("behavior: what one signed and never sent, the other sends", async () => {
    const first = await world.makeBench({
      fault: async (method, params, ask) => {
        if (method === "eth_sendRawTransaction") throw new TypeError("the network is down");
        return ask(method, params);
      },
    });
    const { sent, failed } = await world.startMint(first, "unsent");
    void sent.catch(() => {});
    const second = await world.makeBench({ database: first.database });
    const { hash } = await second.drive(world.mint(second, "unsent"));
    expect(await intentOf(first.database, "unsent"), "stored").to.include({ mined_hash: hash });
    first.stop();
    expect(await failed, "released").to.be.instanceOf(BaseError);
    expect(await world.countOf("unsent"), "mints").to.equal(1n);
  });

  it("behavior: run goes on by itself when a head is told", async () => {
    const bench = await world.makeBench({ tickMs: 600_000 });
    const controller = new AbortController();
    const running = bench.sender.run(controller.signal);
    const { sent } = await world.startMint(bench, "told");
    await world.mine();
    const done = sent.then(() => true);
    await until("the head is enough", async () => {
      const { number, hash } = await world.chain.getBlock();
      bench.sender.onHead({ number, hash }, number, 0n);
      return Promise.race([done, new Promise<undefined>((r) => setImmediate(() => r(undefined)))]);
    });
    controller.abort();
    await running;
    expect(await world.countOf("told"), "mints").to.equal(1n);
  });
});
