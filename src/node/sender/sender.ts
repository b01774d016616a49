// SPDX-License-Identifier: MIT
/**
 * Owns the node's transactions. Each is an intent that is written before it is signed, and its signed bytes are written
 * before they are sent, so that whatever is cut off is gone on with, and nothing is done twice. One key has at most 16
 * transactions under way; 256 wait to be signed, the next is refused and its task tries again later.
 */
import { type Address, createClient, custom } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";

import { sleep } from "../../client/sleep.ts";
import type { ContractCall, TransactAction } from "../../client/transact.ts";
import type { ChainClient } from "../chain.ts";
import { NodeStoppedError } from "../errors.ts";
import { describeError } from "../log.ts";
import { SenderKeyMissingError } from "./errors.ts";
import { IntentStore } from "./intent-store.ts";
import { KeyFollower } from "./key-follower.ts";
import { Problems } from "./problems.ts";
import { findReceipt } from "./receipts.ts";
import { backOff } from "./retry.ts";
import { type Desk, explain, type Pass, submit } from "./submission.ts";
import type {
  Counters,
  SeenHead,
  SenderHealth,
  SenderParameters,
  SenderStatistics,
  SendOptions,
} from "./types.ts";
import { readView, type ToldHead, type View } from "./view.ts";
import { Waiters } from "./waiters.ts";

const PLANNED_MEMORY_MS = 3_600_000;
const TICK_MS = 4_000;
/** While a node starts, nobody tells it heads: it registers before it follows the chain. */
const UNTOLD_TICK_MS = 250;

/** One of the keys that sign here. */
interface Key {
  client: ChainClient;
  /** Actions that run now. */
  running: number;
}

export class Sender {
  readonly #parameters: SenderParameters;
  readonly #store: IntentStore;
  readonly #waiters = new Waiters();
  readonly #problems: Problems;
  readonly #stop = new AbortController();
  readonly #desk: Desk;
  readonly #keys: readonly [Key, ...Key[]];
  readonly #followers = new Map<Address, KeyFollower>();
  readonly #counters: Counters = {
    replacements: 0,
    rebroadcasts: 0,
    reverted: 0,
    noncesFilled: 0,
    gasSpentWei: 0n,
  };
  #told: ToldHead | undefined;
  #last: View | undefined;
  #wake = new AbortController();

  constructor(parameters: SenderParameters) {
    const { client, gasPayers = [], chainId, database, maxFeePerGas } = parameters;
    const { assertHeld = async () => {}, now = Date.now } = parameters;
    this.#parameters = parameters;
    this.#store = new IntentStore(database, assertHeld, now);
    this.#problems = new Problems(parameters.logger);
    this.#keys = [
      { client, running: 0 },
      ...gasPayers.map((account) => ({ client: withAccount(client, account), running: 0 })),
    ];
    this.#desk = {
      chainId,
      store: this.#store,
      waiters: this.#waiters,
      problems: this.#problems,
      signal: this.#stop.signal,
      maxFeePerGas,
      now,
      told: () => this.#told,
      unsigned: 0,
    };
  }

  /**
   * Runs an action of `src/client`: each of its transactions happens once, however often the action is sent and whatever
   * is cut off in between. An action's name never returns for another purpose.
   *
   * @example
   * await sender.send(`finalize:${id}`, (client) => finalize(client, { deployment, request }));
   */
  async send<T>(
    action: string,
    run: (client: ChainClient & TransactAction) => Promise<T>,
    { from = "node", retry = "final" }: SendOptions = {},
  ): Promise<T> {
    if (this.#stop.signal.aborted) throw new NodeStoppedError();
    const key = await this.#chooseKey(action, from);
    key.running += 1;
    try {
      const { client } = key;
      const follower = this.#followerOf(client.account.address);
      const pass: Pass = { action, client, key: follower, retry, used: new Set() };
      const transact = (call: ContractCall) => submit(this.#desk, pass, call);
      return await run(client.extend(() => ({ transact })));
    } finally {
      key.running -= 1;
    }
  }

  /** Tells the newest block, the newest that counts as confirmed, and the newest that cannot be replaced. */
  onHead(head: SeenHead, confirmedNumber: bigint, finalNumber: bigint): void {
    const isKnown = this.#told?.head.hash === head.hash;
    this.#told = { head, confirmedNumber, finalNumber };
    if (!isKnown) this.#wake.abort();
  }

  /** Follows what is under way until the signal, which also releases who waits; all of it stays stored. */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, tickMs = TICK_MS } = this.#parameters;
    const stop = () => {
      this.#stop.abort();
      this.#wake.abort();
    };
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    let failures = 0;
    while (!signal.aborted) {
      let pause = this.#told === undefined ? Math.min(UNTOLD_TICK_MS, tickMs) : tickMs;
      // Armed before the look, so that a head that is told meanwhile is not missed.
      this.#wake = new AbortController();
      const wake = this.#wake.signal;
      try {
        await this.sync();
        failures = 0;
      } catch (error) {
        failures += 1;
        pause = backOff(failures, error);
        logger.warn(describeError(error), "transactions cannot be followed, will be tried again");
      }
      await sleep(pause, failures > 0 ? this.#stop.signal : wake);
    }
  }

  /** Looks once at everything that is under way. A key whose look fails rests; others do not wait for it. */
  async sync(): Promise<void> {
    const { client } = this.#parameters;
    const open = await this.#store.open();
    if (open.length > 0 || this.#waiters.names().length > 0) {
      const view = await readView(client, this.#told, this.#last);
      this.#last = view;
      const senders = [...new Set(open.map(({ sender }) => sender))];
      const looks = senders.map((sender) =>
        this.#followerOf(sender).follow(
          view,
          open.filter((intent) => intent.sender === sender),
        ),
      );
      await Promise.all(looks);
      await this.#settle(view);
    }
    const oldest = this.#desk.now() - PLANNED_MEMORY_MS;
    if (this.#desk.unsigned === 0) await this.#store.forgetPlannedBefore(oldest);
    this.#waiters.ticked();
  }

  health(): SenderHealth {
    return this.#problems.health();
  }

  async statistics(): Promise<SenderStatistics> {
    const { open, oldest } = await this.#store.count();
    const oldestMs = oldest === undefined ? 0 : Math.max(0, this.#desk.now() - Number(oldest));
    return { open, oldestMs, ...this.#counters };
  }

  /** Ends the waits for intents that are mined or planned anew. */
  async #settle(view: View): Promise<void> {
    const { client, logger } = this.#parameters;
    const names = this.#waiters.names();
    const stored = await this.#store.byNames(names);
    for (const name of names) {
      const intent = stored.find((known) => known.name === name);
      try {
        if (intent === undefined || intent.state === "planned") {
          this.#waiters.resolve(name, "again");
        } else if (intent.failure !== undefined) {
          this.#waiters.reject(name, await explain(client, intent));
        } else if (intent.minedHash !== undefined) {
          const receipt = await findReceipt(client, [intent.minedHash], view.blockHashes);
          if (receipt === undefined) continue;
          this.#waiters.resolve(name, { hash: receipt.transactionHash, receipt });
        }
      } catch (error) {
        logger.warn({ intent: name, ...describeError(error) }, "no receipt, will be tried again");
      }
    }
  }

  /** The key that began the action, or else the one asked for. */
  async #chooseKey(action: string, from: "node" | "any"): Promise<Key> {
    const [begun] = await this.#store.byNames([`${action}/0`]);
    if (begun !== undefined) {
      const key = this.#keys.find(({ client }) => client.account.address === begun.sender);
      if (key !== undefined) return key;
      if (begun.state !== "failed" && begun.state !== "planned")
        throw new SenderKeyMissingError(action, begun.sender);
    }
    const [own] = this.#keys;
    if (from === "node") return own;
    const { open } = await this.#store.count();
    const loadOf = ({ client, running }: Key) => {
      const { address } = client.account;
      if (this.#problems.has(`funds ${address}`)) return Number.POSITIVE_INFINITY;
      const own = open.filter(({ sender }) => sender === address);
      return own.reduce((sum, { count }) => sum + count, running);
    };
    return this.#keys.reduce((least, key) => (loadOf(key) < loadOf(least) ? key : least), own);
  }

  #followerOf(sender: Address): KeyFollower {
    const known = this.#followers.get(sender);
    if (known !== undefined) return known;
    const { client, chainId, maxFeePerGas, logger } = this.#parameters;
    const { stuckAfterMs = 60_000, rebroadcastEveryMs = 30_000, now = Date.now } = this.#parameters;
    const own = this.#keys.find((key) => key.client.account.address === sender)?.client;
    const follower = new KeyFollower({
      sender,
      account: own?.account,
      client: own ?? client,
      store: this.#store,
      options: {
        chainId,
        logger,
        stuckAfterMs,
        rebroadcastEveryMs,
        now,
        ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }),
      },
      counters: this.#counters,
      problems: this.#problems,
    });
    this.#followers.set(sender, follower);
    return follower;
  }
}

/** The same way to the chain with another key. */
function withAccount(client: ChainClient, account: PrivateKeyAccount): ChainClient {
  const { request, pollingInterval } = client;
  const transport = custom({ request }, { retryCount: 0 });
  return createClient({ account, transport, pollingInterval, cacheTime: 0 });
}
