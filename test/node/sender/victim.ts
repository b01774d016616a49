// SPDX-License-Identifier: MIT
// A process that finishes one action, begins another, and kills itself around a call to its database or its chain: at the
// n-th chance, or at the first of a name. Says `done` if it lives to the end.
import { pino } from "pino";
import { getBlock } from "viem/actions";

import { sleep } from "../../../src/client/sleep.ts";
import { transact } from "../../../src/client/transact.ts";
import { Sender } from "../../../src/node/sender/index.ts";
import { type Database, openDatabase, type Queryable } from "../../../src/store/index.ts";
import { accountOf, CHAIN_ID, clientOf, mintCall } from "./parts.ts";

const [folder = "", rpcUrl = "", token = "", previous = "", action = "", killAt = ""] =
  process.argv.slice(2);

let calls = 0;
let armed = false;

/** Two chances to die around each call. */
async function around<T>(what: string, call: () => Promise<T>): Promise<T> {
  chance(`before ${what}`);
  const answer = await call();
  chance(`after ${what}`);
  return answer;
}

function chance(label: string): void {
  if (!armed) return;
  calls += 1;
  if (killAt === String(calls) || label.startsWith(killAt)) process.kill(process.pid, "SIGKILL");
}

const mortal = (queryable: Queryable): Queryable => ({
  query: (text, values) => around(text, () => queryable.query(text, values)),
});
const database = await openDatabase({ location: folder, schema: "sender" });
const mortalDatabase: Database = {
  ...database,
  ...mortal(database),
  transaction: (work) =>
    around("a transaction", () => database.transaction((transaction) => work(mortal(transaction)))),
};
const client = clientOf(rpcUrl, accountOf("node"), (method, params, ask) =>
  around(method, () => ask(method, params)),
);
const sender = new Sender({
  client,
  chainId: CHAIN_ID,
  database: mortalDatabase,
  logger: pino({ level: "silent" }),
});

async function finish(name: string): Promise<void> {
  const sent = sender.send(name, (own) => transact(own, mintCall(token as `0x${string}`, name)));
  const ended = sent.then(() => true);
  while (!(await Promise.race([ended, sleep(2)]))) {
    // Looks that see nothing would only add calls.
    const [signed] = await database.query("SELECT FROM intents WHERE state = 'signed'");
    if (signed === undefined) continue;
    const { number, hash } = await getBlock(client);
    sender.onHead({ number, hash }, number, 0n);
    await sender.sync();
  }
  await sent;
}

if (previous !== "") await finish(previous);
armed = true;
await finish(action);
armed = false;
await database.close();
process.stdout.write("done");
