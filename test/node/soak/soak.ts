// SPDX-License-Identifier: MIT
// A soak and its books, with what it prints at the end.
import { State, stateName } from "../../../src/protocol/index.ts";
import { expectOnceOnChain, readHistory } from "./history.ts";
import { expectMoney } from "./money.ts";
import { KINDS } from "./plan.ts";
import { closeSoak, runSoak, type Soaked, type SoakOptions } from "./run.ts";
import { expectStoredEvents } from "./stored.ts";

/** What a soak came to. */
export interface SoakResult {
  requests: number;
  ended: Record<string, number>;
  seconds: number;
}

/** Runs a soak and checks, from the chain alone, that nothing was lost or paid twice. Prints what happened. */
export async function soak(options: SoakOptions): Promise<SoakResult> {
  const { print, seed } = options;
  print(`seed ${seed}, ${options.requests} requests`);
  const soaked = await runSoak(options);
  try {
    const history = await readHistory(soaked);
    expectOnceOnChain(soaked, history);
    const { paid, burned } = await expectMoney(soaked, history);
    const pruned = await expectStoredEvents(soaked);

    const { blocks, clients, seconds, kills, asked } = soaked;
    const ended = endsOf(soaked);
    const { requests, faults } = soaked.rpc;
    const share = ((100 * faults) / requests).toFixed(1);
    const { returned, forgotten } = blocks.transactions;
    for (const kind of KINDS) print(`${kind}: ${JSON.stringify(ended[kind] ?? {})}`);
    print(`${blocks.mined} blocks mined, ${blocks.reorganisations} reorganisations,`);
    print(`  the deepest of ${blocks.deepest}; of the transactions in replaced blocks`);
    print(`  ${returned} went back to the pool and ${forgotten} were forgotten`);
    print(`${requests} RPC requests of daemons, ${faults} with a fault (${share} %)`);
    print(`${kills} kills; clients asked ${clients.again} times again, ${clients.anew} anew`);
    print(`${history.transactions} transactions, ${history.reverted} of them reverted`);
    print(`${paid} tokens paid, ${burned} burned; every account has what the ends say`);
    print(
      `events of ${pruned} requests were forgotten by nodes in time, all others are the chain's`,
    );
    const rate = (asked.length / seconds).toFixed(2);
    print(`${asked.length} requests in ${seconds.toFixed(0)} s: ${rate} a second`);
    return { requests: asked.length, ended: totalsOf(soaked), seconds };
  } finally {
    await closeSoak(soaked);
  }
}

function endsOf({ asked }: Soaked): Record<string, Record<string, number>> {
  const ends: Record<string, Record<string, number>> = {};
  for (const { planned, state } of asked) {
    const of = (ends[planned.kind] ??= {});
    const name = stateName(state);
    of[name] = (of[name] ?? 0) + 1;
  }
  return ends;
}

function totalsOf({ asked }: Soaked): Record<string, number> {
  const states = [State.FINAL, State.REJECTED, State.REFUNDED];
  return Object.fromEntries(
    states.map((state) => [
      stateName(state),
      asked.filter((request) => request.state === state).length,
    ]),
  );
}
