// SPDX-License-Identifier: MIT
// What the chain says in the end about every request: each was opened once, ended once, and as it had to; and nobody did
// anything twice.
import { expect } from "chai";
import {
  type Address,
  createPublicClient,
  type Hex,
  http,
  isAddressEqual,
  parseEventLogs,
} from "viem";

import { inferenceMarketAbi, orderSettlerAbi } from "../../../src/abi/index.ts";
import type { RequestEvent } from "../../../src/client/index.ts";
import { POOL_BLOCKS } from "../../../src/node/verification/service.ts";
import {
  commitOutput,
  isTerminal,
  type RequestId,
  type Result,
  resultIn,
  State,
  stateName,
} from "../../../src/protocol/index.ts";
import { runModel } from "../../../src/zkml/index.ts";
import { actionOf } from "../crash/stage.ts";
import type { Asked } from "./clients.ts";
import type { Kind } from "./plan.ts";
import type { Soaked } from "./run.ts";

const BLOCKS_AT_ONCE = 50n;
const ABI = [...inferenceMarketAbi, ...orderSettlerAbi] as const;
/** A claim's end is told of all that were claimed with it, by their root. */
const TERMINAL = new Set([
  "RequestFinal",
  "RequestRejected",
  "RequestRefunded",
  "OrderSettled",
  "OrderClaimed",
]);
/** What was delivered for an order without a record is in the event that settles it. */
const DELIVERIES = ["ResultDelivered", "OrderSettled", "OrderClaimed"] as const;
/** A second approval or deposit of the same amount says something new. */
const REPEATED = /^(approve|deposit) /;
const ENDS: Readonly<Record<Kind, State>> = {
  vanilla: State.FINAL,
  tee: State.FINAL,
  zkml: State.FINAL,
  lie: State.REJECTED,
  absent: State.REFUNDED,
};

type TalliedEvent = Extract<RequestEvent, { address: Address }>;

/** What an account did with success: function and what it was about. */
interface Action {
  name: string;
  block: bigint;
}

export interface History {
  /** Of market and order settler, by request. */
  events: Map<RequestId, TalliedEvent[]>;
  actions: Map<Address, Action[]>;
  transactions: number;
  reverted: number;
}

/** Reads all blocks since the soak began. */
export async function readHistory({ world, start }: Soaked): Promise<History> {
  const reader = createPublicClient({ transport: http(world.rpcUrl, { batch: true }) });
  const history: History = { events: new Map(), actions: new Map(), transactions: 0, reverted: 0 };
  const head = await reader.getBlockNumber({ cacheTime: 0 });
  for (let from = start.block + 1n; from <= head; from += BLOCKS_AT_ONCE) {
    const to = from + BLOCKS_AT_ONCE - 1n < head ? from + BLOCKS_AT_ONCE - 1n : head;
    const numbers = Array.from({ length: Number(to - from) + 1 }, (_, at) => from + BigInt(at));
    const blocks = await Promise.all(
      numbers.map((blockNumber) => reader.getBlock({ blockNumber, includeTransactions: true })),
    );
    const transactions = blocks.flatMap((block) => block.transactions);
    const receipts = await Promise.all(
      transactions.map(({ hash }) => reader.getTransactionReceipt({ hash })),
    );
    for (const [at, { from: sender, to, input }] of transactions.entries()) {
      const receipt = receipts[at];
      if (receipt === undefined) continue;
      history.transactions += 1;
      if (receipt.status === "reverted") history.reverted += 1;
      else addAction(history, sender, { input, to, block: receipt.blockNumber });
      const { market, orderSettler } = world.deployment;
      const logs = receipt.logs.filter(({ address }) =>
        [market, orderSettler].some((contract) => isAddressEqual(address, contract)),
      );
      for (const event of parseEventLogs({ abi: ABI, logs })) {
        if (!("id" in event.args)) continue;
        const { id } = event.args;
        const known = history.events.get(id) ?? [];
        known.push(event as TalliedEvent);
        history.events.set(id, known);
      }
    }
  }
  return history;
}

function addAction(
  { actions }: History,
  sender: Address,
  { input, to, block }: { input: Hex; to: Address | null; block: bigint },
): void {
  // A transaction to oneself that fills a nonce does nothing.
  if (input === "0x") return;
  const known = actions.get(sender) ?? [];
  known.push({ name: actionOf(input, to), block });
  actions.set(sender, known);
}

/** Each request once, and every action of an account once. */
export function expectOnceOnChain({ asked, world }: Soaked, history: History): void {
  const { model } = world;
  const wrong: string[] = [];
  const known = new Set(asked.map(({ id }) => id));
  for (const request of asked) {
    const { planned, id, state } = request;
    const names = namesOf(history, id);
    const outcome = `${planned.kind} ${id}: ${stateName(state)}, ${names.join(", ")}`;
    const ends = names.filter((name) => TERMINAL.has(name));
    const isRight = state === ENDS[planned.kind] && isTerminal(state) && ends.length === 1;
    if (!isRight || new Set(names).size !== names.length) wrong.push(outcome);
    else if (state === State.FINAL && answerOf(history, request) !== expected(request)) {
      wrong.push(`another answer: ${outcome}`);
    }
    for (const earlier of request.ids.slice(0, -1))
      if (history.events.has(earlier)) wrong.push(`asked anew, and opened before: ${outcome}`);
  }
  expect(wrong, "requests that ended otherwise, or not once").to.deep.equal([]);
  const others = [...history.events.keys()].filter((id) => !known.has(id));
  expect(others, "requests that nobody asked for").to.deep.equal([]);

  for (const [account, actions] of history.actions) {
    const own = actions.filter(({ name }) => !REPEATED.test(`${name} `));
    const lastAt = new Map<string, bigint>();
    const twice = own.filter(({ name, block }) => {
      const before = lastAt.get(name);
      lastAt.set(name, block);
      return before !== undefined && !hasFilledAgain(name, block - before);
    });
    expect(twice, `what ${account} did twice`).to.deep.equal([]);
  }

  function expected({ input }: Asked): string {
    return commitOutput(runModel(model, input).output);
  }
}

/** Whether it pays a pool, and was last done before that pool had grown anew. */
function hasFilledAgain(name: string, blocks: bigint): boolean {
  return name.startsWith("payPool ") && blocks > POOL_BLOCKS;
}

/** Names of the events; kinds of evidence are told apart. */
function namesOf({ events }: History, id: RequestId): string[] {
  return (events.get(id) ?? []).map(({ eventName, args }) =>
    eventName === "EvidenceAdded" ? `${eventName} ${String(args.kind)}` : eventName,
  );
}

function answerOf(history: History, { id }: Asked): string | undefined {
  return deliveredIn(history, id)?.outputCommitment;
}

/** What was delivered for a request or an order. */
export function deliveredIn({ events }: History, id: RequestId): Result | undefined {
  for (const event of events.get(id) ?? []) {
    if (DELIVERIES.some((name) => name === event.eventName) && "outputCommitment" in event.args) {
      return resultIn(event.args);
    }
  }
  return undefined;
}
