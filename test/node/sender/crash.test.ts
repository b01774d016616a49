// SPDX-License-Identifier: MIT
// A sender that ends before or after its n-th call to database or chain, for every n: as if its process were killed, but
// without a process for each (kill.test.ts has some).
import { expect } from "chai";

import { ensureAllowance } from "../../../src/client/allowance.ts";
import { sleep } from "../../../src/client/sleep.ts";
import { transact } from "../../../src/client/transact.ts";
import type { Database, Queryable, Row } from "../../../src/store/database.ts";
import { type Bench, intentOf, makeChain, type TestChain } from "./chain.ts";
import { accountOf, type Ask, CHAIN_ID, mintTo, targetOf } from "./parts.ts";

/** All ends of an action of two transactions, too. */
const DEEP = process.env["ASSAY_DEEP"] !== undefined;

/** What comes after death: nothing. */
const never = <T>(): Promise<T> => new Promise<T>(() => {});

/** Undoes an open database transaction, as the end of a process does. */
class Death extends Error {}

function mortality(dieAt: number) {
  let chances = 0;
  const death = Promise.withResolvers<true>();
  const isDead = () => {
    if (chances >= dieAt) death.resolve(true);
    return chances >= dieAt;
  };
  const around = async <T>(call: () => Promise<T>, end: <E>() => Promise<E>): Promise<T> => {
    chances += 1;
    if (isDead()) return end();
    const answer = await call();
    chances += 1;
    return isDead() ? end() : answer;
  };
  const die = <T>(): Promise<T> => Promise.reject(new Death());
  const inside = (transaction: Queryable): Queryable => ({
    query: <T extends Row>(text: string, values?: readonly unknown[]) =>
      around(() => transaction.query<T>(text, values), die),
  });
  const wrap = (database: Database): Database => ({
    ...database,
    query: <T extends Row>(text: string, values?: readonly unknown[]) =>
      around(() => database.query<T>(text, values), never),
    transaction: <T>(work: (transaction: Queryable) => Promise<T>) =>
      around<T>(
        () =>
          database
            .transaction((transaction) => work(inside(transaction)))
            .catch((error: unknown) => (isDead() ? never() : Promise.reject(error))),
        never,
      ),
  });
  const fault = (method: string, params: unknown, ask: Ask) =>
    around(() => ask(method, params), never);
  return { wrap, fault, death: death.promise };
}

describe("Sender that ends at any call", () => {
  let world: TestChain;
  before(async () => {
    world = await makeChain();
    await world.chain.setAutomine(true);
  });
  after(() => world.close());

  const mint = (bench: Bench, action: string) => world.mint(bench, action);
  /** Two transactions, of which a second run leaves the first out. */
  const approveAndMove = (bench: Bench, action: string) =>
    bench.sender.send(action, async (client) => {
      const { token } = world;
      const spender = accountOf("node").address;
      await ensureAllowance(client, { chainId: CHAIN_ID, token, spender, amount: 1n });
      return transact(client, world.call("transferFrom", [spender, targetOf(action), 1n]));
    });

  const cases = [
    { what: "one transaction", functionName: "mint", run: mint, stride: 1 },
    { what: "two", functionName: "transferFrom", run: approveAndMove, stride: DEEP ? 1 : 8 },
  ];
  for (const { what, functionName, run, stride } of cases) {
    it(`behavior: exactly once, wherever an action of ${what} ends`, async () => {
      const stock = await world.makeBench();
      const { database } = stock;
      const supply = mintTo(world.token, accountOf("node").address, 1_000n);
      await stock.drive(stock.sender.send("stock", (client) => transact(client, supply)));
      let dieAt = 1;
      for (let survived = false; !survived; dieAt += stride) {
        const action = `${functionName}:${dieAt}`;
        const { wrap, fault, death } = mortality(dieAt);
        const first = await world.makeBench({ database: wrap(database), fault });
        const sent = run(first, action).then(() => "survived" as const);
        for (let end: unknown; end === undefined;) {
          // Looks that see nothing would only add calls.
          const [signed] = await database.query("SELECT FROM intents WHERE state = 'signed'");
          if (signed !== undefined) await Promise.race([first.look(), death]);
          end = await Promise.race([sent, death, sleep(2)]);
          survived = end === "survived";
        }
        const second = await world.makeBench({ database });
        const { hash } = await second.drive(run(second, action));
        expect(await world.balanceOf(targetOf(action)), `${action} happened`).to.equal(1n);
        const intents = await Promise.all([0, 1, 2].map((n) => intentOf(database, action, n)));
        const sentOnce = intents.filter((intent) => intent?.["function_name"] === functionName);
        expect(sentOnce, `sent for ${action}`).to.have.length(1);
        expect(sentOnce[0], `stored of ${action}`).to.include({ state: "mined", mined_hash: hash });
      }
      expect(dieAt, "calls").to.be.greaterThan(60);
    }).timeout(600_000);
  }
});
