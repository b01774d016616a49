// SPDX-License-Identifier: MIT
// A process that is killed: the next one finishes, and the action happened once. Killed where it matters most, and with
// ASSAY_DEEP set around every call; crash.test.ts does the same to all calls without a process for each.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { openDatabase } from "../../../src/store/index.ts";
import { makeChain, type TestChain } from "./chain.ts";

/** More than an action has. */
const CALLS = 500;
const STEPS =
  process.env["ASSAY_DEEP"] === undefined
    ? [
        "before INSERT INTO transactions",
        "before eth_sendRawTransaction",
        "after eth_sendRawTransaction",
        "before UPDATE intents SET state = 'mined'",
        "never",
      ]
    : Array.from({ length: CALLS }, (_, n) => String(n + 1));
const VICTIM = fileURLToPath(new URL("victim.ts", import.meta.url));

describe("Sender in a process that is killed", () => {
  let world: TestChain;
  let folder: string;
  before(async () => {
    world = await makeChain();
    await world.chain.setAutomine(true);
    folder = await mkdtemp(join(tmpdir(), "assay-sender-"));
  });
  after(async () => {
    await world.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** How it ended, and what it said. */
  const live = (previous: string, action: string, killAt: string) =>
    new Promise<{ signal: string | null; said: string }>((resolve) => {
      const values = [folder, world.rpcUrl, world.token, previous, action, killAt];
      const victim = spawn(process.execPath, [VICTIM, ...values]);
      let said = "";
      victim.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
      victim.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      victim.on("close", (_code, signal) => resolve({ signal, said }));
    });

  it("behavior: around a call, exactly once", async function () {
    this.timeout(3_600_000);
    const actions: string[] = [];
    for (const step of STEPS) {
      const action = `kill:${step}`;
      const previous = actions.at(-1);
      const { signal, said } = await live(previous ?? "", action, step);
      actions.push(action);
      if (previous !== undefined)
        expect(await world.countOf(previous), `mints of ${previous}`).to.equal(1n);
      if (said === "done") break;
      expect(signal, `${step}: ${said}`).to.equal("SIGKILL");
    }
    expect(actions.length, "steps").to.be.within(STEPS.length === CALLS ? 40 : 5, CALLS - 1);

    const database = await openDatabase({ location: folder, schema: "sender" });
    const stored = await database.query<{ action: string; state: string; block_hash: string }>(
      "SELECT action, state, block_hash, mined_hash FROM intents",
    );
    await database.close();
    expect(stored, "intents").to.have.length(actions.length);
    for (const action of actions) {
      expect(await world.countOf(action), `mints of ${action}`).to.equal(1n);
      const intent = stored.find((known) => known.action === `${action}/0`);
      expect(intent?.state, `state of ${action}`).to.equal("mined");
      const hash = Reflect.get(intent ?? {}, "mined_hash");
      const receipt = await world.chain.getTransactionReceipt({ hash });
      expect(intent?.block_hash, `block of ${action}`).to.equal(receipt.blockHash);
    }
  });
});
