// SPDX-License-Identifier: MIT
// One sender on a chain that behaves: each action happens once, whatever is asked and in whatever order.
import { expect } from "chai";
import { type Address, parseGwei, zeroAddress } from "viem";

import { ensureAllowance } from "../../../src/client/allowance.ts";
import {
  ChainMismatchError,
  ContractRevertedError,
  TransactionRevertedError,
} from "../../../src/client/errors.ts";
import { transact } from "../../../src/client/transact.ts";
import { NodeStoppedError, TransactionQueueFullError } from "../../../src/node/errors.ts";
import {
  ActionTooLongError,
  GasFundsMissingError,
  IntentChangedError,
  SenderAccountError,
} from "../../../src/node/sender/index.ts";
import { rejection } from "../../client/rejection.ts";
import { type ActionClient, formsOf, intentOf, makeChain, type TestChain, until } from "./chain.ts";
import { accountOf, CHAIN_ID, mintCall, mintTo, targetOf } from "./parts.ts";

describe("Sender", () => {
  let world: TestChain;
  before(async () => {
    world = await makeChain("HostileToken");
  });
  after(() => world.close());

  it("default: simulates, writes, signs, sends, and gives the receipt", async () => {
    const bench = await world.makeBench();
    const { hash, receipt } = await bench.drive(world.mint(bench, "default"));
    expect(receipt.transactionHash, "hash").to.equal(hash);
    expect(receipt.status, "status").to.equal("success");
    expect(receipt.logs, "its event").to.have.length(1);
    expect(await world.countOf("default"), "mints").to.equal(1n);
    const intent = await intentOf(bench.database, "default");
    expect(intent, "stored").to.include({ state: "mined", mined_hash: hash });
    expect(bench.sender.health().healthy, "healthy").to.equal(true);
    const statistics = await bench.sender.statistics();
    expect(statistics.gasSpentWei > 0n, "gas was spent").to.equal(true);
  });

  it("behavior: an action that was sent before gives the first receipt, also when final", async () => {
    const bench = await world.makeBench();
    const first = await bench.drive(world.mint(bench, "again"));
    const second = await bench.drive(world.mint(bench, "again"));
    expect(second.hash, "mined").to.equal(first.hash);
    await world.mine(70);
    await bench.look();
    expect(await intentOf(bench.database, "again"), "final").to.include({ state: "final" });
    expect(await formsOf(bench.database, "again"), "signed bytes").to.deep.equal([]);
    const third = await bench.drive(world.mint(bench, "again"));
    expect(third.hash, "final").to.equal(first.hash);
    expect(await world.countOf("again"), "mints").to.equal(1n);
  });

  it("behavior: the same action twice at once happens once", async () => {
    const bench = await world.makeBench();
    const both = Promise.all([world.mint(bench, "twins"), world.mint(bench, "twins")]);
    const [first, second] = await bench.drive(both);
    expect(second.hash, "one transaction").to.equal(first.hash);
    expect(await world.countOf("twins"), "mints").to.equal(1n);
  });

  it("behavior: an action of two transactions, whose second run leaves the first out", async () => {
    const bench = await world.makeBench();
    const { token, call } = world;
    const spender = accountOf("node").address;
    await bench.drive(
      bench.sender.send("stock", (client) => transact(client, mintTo(token, spender, 5n))),
    );
    const run = async (client: ActionClient) => {
      await ensureAllowance(client, { chainId: CHAIN_ID, token, spender, amount: 5n });
      return transact(client, call("transferFrom", [spender, targetOf("two"), 5n]));
    };
    const first = await bench.drive(bench.sender.send("two", run));
    expect(await intentOf(bench.database, "two", 0), "approval").to.include({
      function_name: "approve",
    });
    expect(await intentOf(bench.database, "two", 1), "transfer").to.include({
      function_name: "transferFrom",
    });
    const second = await bench.drive(bench.sender.send("two", run));
    expect(second.hash, "the same transfer").to.equal(first.hash);
    const partial = (client: ActionClient) =>
      transact(client, call("transferFrom", [spender, targetOf("two"), 5n]));
    const third = await bench.drive(bench.sender.send("two", partial));
    expect(third.hash, "found although it comes first now").to.equal(first.hash);
    expect(await world.balanceOf(targetOf("two")), "moved once").to.equal(5n);
  });

  it("behavior: 50 actions at once on three keys", async () => {
    const bench = await world.makeBench({ keys: ["node", "second", "third"] });
    const actions = Array.from({ length: 50 }, (_, n) => `many:${n}`);
    const sent = Promise.all(actions.map((action) => world.mint(bench, action, { from: "any" })));
    await until("each key has as many under way as it may", async () => {
      const rows = await bench.database.query<{ count: number }>(
        "SELECT count(*)::integer AS count FROM intents WHERE state = 'signed' GROUP BY sender",
      );
      const counts = rows.map(({ count }) => count);
      expect(Math.max(0, ...counts), "signed at once").to.be.at.most(16);
      return counts.length === 3 && counts.every((count) => count === 16) ? true : undefined;
    });
    const receipts = await bench.drive(sent);
    const from = new Set(receipts.map(({ receipt }) => receipt.from));
    expect(from.size, "keys used").to.equal(3);
    for (const action of actions) expect(await world.countOf(action), action).to.equal(1n);
    const blocks = new Set(receipts.map(({ receipt }) => receipt.blockNumber));
    expect(blocks.size, "blocks").to.be.lessThan(10);
  });

  it("behavior: the signal releases who waits, and the next sender goes on", async () => {
    const bench = await world.makeBench();
    const controller = new AbortController();
    const running = bench.sender.run(controller.signal);
    const { failed } = await world.startMint(bench, "stopped");
    controller.abort();
    expect(await failed, "released").to.be.instanceOf(NodeStoppedError);
    await running;
    expect(await rejection(world.mint(bench, "late")), "refused").to.be.instanceOf(
      NodeStoppedError,
    );
    expect(await intentOf(bench.database, "stopped"), "stored").to.include({ state: "signed" });
    const next = await world.makeBench({ database: bench.database });
    await next.drive(world.mint(next, "stopped"));
    expect(await world.countOf("stopped"), "mints").to.equal(1n);
  });

  it("error: refused by the simulation: nothing is written", async () => {
    const bench = await world.makeBench();
    const call = world.call("transfer", [zeroAddress, 1n]);
    const refused = await rejection(
      bench.sender.send("refused", (client) => transact(client, call)),
    );
    expect(refused, "class").to.be.instanceOf(ContractRevertedError);
    expect(await intentOf(bench.database, "refused"), "stored").to.equal(undefined);
  });

  it("error: mined and reverted, again only when that is final", async () => {
    const bench = await world.makeBench();
    const { chain, call, token } = world;
    const own = accountOf("node").address;
    await chain.setAutomine(true);
    await shrinkFirst(world, own, await world.balanceOf(own));
    await bench.drive(
      bench.sender.send("stock", (client) => transact(client, mintTo(token, own, 100n))),
    );
    await chain.setAutomine(false);

    const transfer = () =>
      bench.sender.send("broke", (client) =>
        transact(client, call("transfer", [targetOf("broke"), 100n])),
      );
    const sent = rejection(transfer());
    await until("sent", async () => ((await pendingCount(world)) > 0 ? true : undefined));
    await shrinkFirst(world, own, 100n);
    const error = await bench.drive(sent);
    expect(error, "class").to.be.instanceOf(TransactionRevertedError);
    expect((error as Error).cause, "reason").to.be.instanceOf(ContractRevertedError);
    expect((await bench.sender.statistics()).reverted, "counted").to.equal(1);

    await bench.drive(
      bench.sender.send("more", (client) => transact(client, mintTo(token, own, 100n))),
    );
    const early = await bench.drive(rejection(transfer()));
    expect(early, "a reorganisation may still let it pass").to.be.instanceOf(
      TransactionRevertedError,
    );
    await world.mine(70);
    await bench.look();
    expect(await intentOf(bench.database, "broke"), "given up").to.include({ state: "failed" });
    await bench.drive(transfer());
    expect(await world.balanceOf(targetOf("broke")), "moved once").to.equal(100n);
  });

  it("behavior: what the contract takes only once is sent anew when its revert is confirmed", async () => {
    const bench = await world.makeBench();
    const { call, token } = world;
    const own = accountOf("node").address;
    const target = targetOf("guarded");
    await bench.drive(
      bench.sender.send("stock", (client) => transact(client, mintTo(token, own, 7n))),
    );
    const balance = await world.balanceOf(own);
    const transfer = () =>
      bench.sender.send(
        "guarded",
        (client) => transact(client, call("transfer", [target, balance])),
        { retry: "confirmed" },
      );
    const sent = rejection(transfer());
    await until("sent", async () => ((await pendingCount(world)) > 0 ? true : undefined));
    await shrinkFirst(world, own, balance);
    expect(await bench.drive(sent), "class").to.be.instanceOf(TransactionRevertedError);
    await bench.drive(
      bench.sender.send("more", (client) => transact(client, mintTo(token, own, balance))),
    );
    await bench.drive(transfer());
    expect(await world.balanceOf(target), "moved once").to.equal(balance);
  });

  it("error: more than 256 transactions that are not signed", async () => {
    const released = Promise.withResolvers<void>();
    const bench = await world.makeBench({
      fault: async (method, params, ask) => {
        await released.promise;
        return ask(method, params);
      },
    });
    const actions = Array.from({ length: 257 }, (_, n) => `flood:${n}`);
    const sent = actions.map((action) => rejection(world.mint(bench, action)));
    const first = await Promise.race(sent);
    expect(first, "class").to.be.instanceOf(TransactionQueueFullError);
    bench.stop();
    const ends = await Promise.all(sent);
    const stopped = ends.filter((error) => error instanceof NodeStoppedError);
    expect(stopped, "released").to.have.length(256);
    released.resolve();
  });

  it("error: another call under the same name", async () => {
    const bench = await world.makeBench();
    await bench.drive(world.mint(bench, "changed"));
    const other = bench.sender.send("changed", (client) =>
      transact(client, mintTo(world.token, targetOf("changed"), 2n)),
    );
    expect(await rejection(other), "class").to.be.instanceOf(IntentChangedError);
    expect(await world.countOf("changed"), "mints").to.equal(1n);
  });

  it("error: a call for another chain or another account, and too many calls", async () => {
    const bench = await world.makeBench();
    const send = (overrides: object) =>
      rejection(
        bench.sender.send("odd", (client) =>
          transact(client, { ...mintCall(world.token, "odd"), ...overrides }),
        ),
      );
    expect(await send({ chainId: 1 }), "chain").to.be.instanceOf(ChainMismatchError);
    expect(await send({ account: accountOf("second") }), "account").to.be.instanceOf(
      SenderAccountError,
    );
    const long = bench.sender.send("long", async (client) => {
      for (let n = 0; n < 17; n += 1) await transact(client, mintCall(world.token, `long:${n}`));
    });
    expect(await bench.drive(rejection(long)), "length").to.be.instanceOf(ActionTooLongError);
  });

  it("error: no ether for gas: unhealthy, other keys go on", async () => {
    const bench = await world.makeBench({ keys: ["poor", "second"] });
    const error = await rejection(world.mint(bench, "poor"));
    expect(error, "class").to.be.instanceOf(GasFundsMissingError);
    expect(await intentOf(bench.database, "poor"), "stored").to.equal(undefined);
    expect(bench.sender.health().healthy, "healthy").to.equal(false);

    await bench.drive(world.mint(bench, "rich", { from: "any" }));
    expect(await world.countOf("rich"), "by another key").to.equal(1n);
    await world.fund(accountOf("poor").address);
    await bench.drive(world.mint(bench, "poor"));
    expect(bench.sender.health().healthy, "healthy again").to.equal(true);
    expect(await world.countOf("poor"), "mints").to.equal(1n);
  });

  it("behavior: no key and no signed bytes in logs and errors", async () => {
    const bench = await world.makeBench({
      fault: async (method, params, ask) => {
        const answer = await ask(method, params);
        if (method === "eth_sendRawTransaction") throw new RangeError(`no: ${String(params)}`);
        return answer;
      },
    });
    await bench.drive(world.mint(bench, "quiet"));
    const raws = (await formsOf(bench.database, "quiet")).map(({ raw }) => raw.slice(2));
    expect(raws, "forms").to.have.length(1);
    const text = bench.logs.join("");
    for (const raw of raws) expect(text.includes(raw), "signed bytes in a log").to.equal(false);
  });
});

/** Takes tokens away, before anything else in the next block. */
const shrinkFirst = (world: TestChain, account: Address, amount: bigint) =>
  world.walletOf("stranger").sendTransaction({
    ...world.call("shrink", [account, amount]),
    chain: null,
    gas: 100_000n,
    maxPriorityFeePerGas: parseGwei("100"),
    maxFeePerGas: parseGwei("1000"),
  });

async function pendingCount({ chain }: TestChain): Promise<number> {
  const [pending, latest] = await Promise.all([
    chain.getTransactionCount({ address: accountOf("node").address, blockTag: "pending" }),
    chain.getTransactionCount({ address: accountOf("node").address }),
  ]);
  return pending - latest;
}
