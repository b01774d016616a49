// SPDX-License-Identifier: MIT
// One soak: a chain, five daemons behind RPCs that fail, clients that ask, blocks that are replaced, daemons that die; and
// at the end the books.
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { type Address, createPublicClient, getAddress, http } from "viem";

import { getRequestRecord, RpcFailedError } from "../../../src/client/index.ts";
import { isTerminal, State, stateName } from "../../../src/protocol/index.ts";
import { loadDigitImage } from "../../../src/zkml/index.ts";
import type { Rates } from "../../support/fault-proxy.ts";
import { eventually, makeWorld, type World, WIDE_WINDOWS } from "../world.ts";
import { Blocks } from "./blocks.ts";
import { type Asked, Clients } from "./clients.ts";
import { type Holdings, readHoldings } from "./money.ts";
import { makePlan } from "./plan.ts";
import { closePosts, faultsOf, hasSettled, NODES, type Post, SERVING, startPost } from "./posts.ts";

const CLIENTS = ["soak-client-1", "soak-client-2", "soak-client-3", "soak-client-4"];
const ABSENT = getAddress(`0x${"ab".repeat(20)}`);
const SAMPLES = ["0.pgm", "1.png", "2.pgm", "3.pgm", "4.png"].concat([
  "5.pgm",
  "6.pgm",
  "7.png",
  "8.pgm",
  "9.pgm",
]);

/** One call in twenty suffers one of them. */
export const RATES: Rates = {
  drop: 0.01,
  delay: 0.01,
  duplicate: 0.005,
  truncate: 0.01,
  rateLimit: 0.01,
  staleHead: 0.0005,
  missingLogs: 0.05,
};
const BLOCK_MS = 300;
/** Seconds from block to block while there is work, and while nothing but windows is waited for. */
const WORKING = 2;
const WAITING = 20;
/** Requests that are asked for and not ended, at most. */
const UNDER_WAY = 150;
/** How much deeper than any reorganisation an end is looked at again. */
const DEPTH = 70;
/** Those that end last are shown one by one. */
const FEW = 3;
const LOOK_MS = 1_000;
const PROGRESS_MS = 10_000;
/** A transaction that the chain forgot is sent again after thirty seconds. */
const SETTLE_MS = 180_000;
const CALM_MS = 4_000;

export interface SoakOptions {
  seed: number;
  requests: number;
  /** A daemon dies each time that so many requests were taken. */
  killEvery: number;
  /** Without anything that ends for so long it is given up. */
  patienceMs: number;
  print: (line: string) => void;
  /** Folder of the daemons' logs; not kept if not given. */
  logs?: string;
}

/** Before the first request. */
interface Start {
  block: bigint;
  holdings: Holdings;
}

/** What a soak leaves to be looked at. */
export interface Soaked {
  world: World;
  start: Start;
  /** Everybody who has money in the contracts. */
  accounts: Address[];
  /** The inference nodes, and the verification nodes. */
  serving: Address[];
  verifiers: Address[];
  asked: Asked[];
  posts: Post[];
  clients: Clients;
  blocks: Blocks;
  kills: number;
  /** RPC requests of the daemons while there were faults, and those that had one. */
  rpc: { requests: number; faults: number };
  seconds: number;
}

/** Asks for everything and waits until all of it has ended. The caller looks, and closes with {@link closeSoak}. */
export async function runSoak(options: SoakOptions): Promise<Soaked> {
  const world = await makeWorld(WIDE_WINDOWS);
  const posts: Post[] = [];
  const stop = new AbortController();
  try {
    for (const [at] of NODES.entries()) posts.push(await startPost(world, at, options));
    await Promise.all(posts.map(({ daemon }) => daemon.ready));
    const nodes = posts
      .slice(0, SERVING)
      .map(({ address, port }) => ({ address, endpoint: `http://127.0.0.1:${port}` }));
    const { signal } = stop;
    const clients = new Clients({ world, names: CLIENTS, nodes, absent: ABSENT, signal });
    await clients.fund();
    const roster = rosterOf(world, posts, clients);
    const holdings = await readHoldings(world, roster.accounts, roster.serving);
    const start = { block: await world.chain.getBlockNumber({ cacheTime: 0 }), holdings };
    const soak = new Soak(options, { world, posts, clients, stop });
    return { ...(await soak.run()), ...roster, start };
  } catch (error) {
    stop.abort();
    await closePosts(posts);
    await world.close();
    throw error;
  }
}

export async function closeSoak({ world, posts }: Soaked): Promise<void> {
  await closePosts(posts);
  await world.close();
}

function rosterOf(world: World, posts: readonly Post[], clients: Clients) {
  const serving = posts.slice(0, SERVING).map(({ address }) => address);
  const verifiers = posts.slice(SERVING).map(({ address }) => address);
  const own = [world.client.account.address, ...clients.addresses];
  return { accounts: [...own, ...serving, ...verifiers], serving, verifiers };
}

interface Parts {
  world: World;
  posts: Post[];
  clients: Clients;
  stop: AbortController;
}

class Soak {
  readonly #options: SoakOptions;
  readonly #parts: Parts;
  readonly #blocks: Blocks;
  readonly #all: Asked[] = [];
  /** Not ended, as far as was seen. */
  readonly #live = new Set<Asked>();
  /** Ended, and not long ago: a reorganisation may undo it. */
  readonly #fresh = new Map<Asked, number>();
  readonly #startedAt = performance.now();
  readonly #reader;
  #lastEnd = performance.now();
  #kills = 0;
  /** When the faults ended. */
  #faults = { requests: 0, faults: 0 };
  #images: Uint8Array[] = [];

  constructor(options: SoakOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    const { world } = parts;
    this.#reader = createPublicClient({ transport: http(world.rpcUrl, { batch: true }) });
    this.#blocks = new Blocks({
      world,
      seed: options.seed,
      everyMs: BLOCK_MS,
      seconds: () => (this.#isWaiting() ? WAITING : WORKING),
      onReplaced: () => this.#reopen(),
    });
  }

  async run(): Promise<Omit<Soaked, "start" | "accounts" | "serving" | "verifiers">> {
    const { world, posts, clients, stop } = this.#parts;
    this.#images = await Promise.all(
      SAMPLES.map(async (name) => {
        const path = new URL(`../../../models/digits/samples/${name}`, import.meta.url);
        return loadDigitImage(await readFile(path));
      }),
    );
    await this.#blocks.start();
    const calm = faultsOf(posts);
    for (const { proxy } of posts) proxy.setRates(RATES);
    const serving = clients.run();
    try {
      const ends = posts.map(({ daemon }) => daemon.failed);
      await Promise.race([
        this.#work(),
        this.#blocks.running.then(never),
        serving.then(never),
        ...ends,
      ]);
    } finally {
      stop.abort();
      await this.#blocks.stop();
    }
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    return {
      world,
      asked: this.#all,
      posts,
      clients,
      blocks: this.#blocks,
      kills: this.#kills,
      rpc: {
        requests: this.#faults.requests - calm.requests,
        faults: this.#faults.faults - calm.faults,
      },
      seconds,
    };
  }

  async #work(): Promise<void> {
    const { seed, requests } = this.#options;
    const plan = makePlan({ seed, requests, clients: CLIENTS.length, nodes: SERVING });
    let spoken = performance.now();
    const { signal } = this.#parts.stop;
    while (!signal.aborted && (this.#all.length < requests || this.#live.size > 0)) {
      for (const planned of plan.slice(this.#all.length, this.#all.length + this.#room())) {
        await this.#ask(planned);
      }
      await sleep(LOOK_MS);
      await this.#look();
      await this.#killInTurn();
      if (performance.now() - spoken > PROGRESS_MS) {
        spoken = performance.now();
        this.#options.print(this.#progress());
        if (this.#live.size <= FEW) this.#details().forEach(this.#options.print);
      }
      if (performance.now() - this.#lastEnd > this.#options.patienceMs)
        throw new RangeError(`nothing ends any more: ${this.#stuck()}`);
    }
    if (!signal.aborted) await this.#settle();
  }

  #room(): number {
    return Math.max(0, UNDER_WAY - this.#live.size);
  }

  async #ask(planned: Asked["planned"]): Promise<void> {
    const { clients } = this.#parts;
    const input = Uint8Array.from(this.#images[planned.digit] ?? []);
    input.set(planned.pixels);
    const asked = await clients.make(planned, input);
    this.#all.push(asked);
    this.#live.add(asked);
    clients.ask(asked);
  }

  /** A daemon dies each time that so many more requests were taken, each in its turn. */
  async #killInTurn(): Promise<void> {
    const { posts } = this.#parts;
    const taken = this.#all.filter(({ isTaken }) => isTaken).length;
    if (taken < (this.#kills + 1) * this.#options.killEvery) return;
    const victim = posts[this.#kills % posts.length];
    this.#kills += 1;
    await victim?.daemon.kill();
  }

  /** Reads where everything stands that has not ended; a machine that is too busy to say is asked again. */
  async #look(): Promise<void> {
    try {
      await this.#readStates();
    } catch (error) {
      if (!(error instanceof RpcFailedError)) throw error;
    }
  }

  async #readStates(): Promise<void> {
    const { world, clients } = this.#parts;
    const { deployment } = world;
    const before = this.#blocks.reorganisations;
    await Promise.all(
      Array.from(this.#live, async (asked) => {
        const { id } = asked;
        const { state } = await getRequestRecord(this.#reader, { deployment, id });
        if (before !== this.#blocks.reorganisations) return;
        asked.state = state;
        // A block took it back. What was ordered is the node's to bring.
        if (state === State.NONE && asked.isTaken && !asked.planned.isOrder) clients.ask(asked);
        if (!isTerminal(state)) return;
        this.#live.delete(asked);
        this.#fresh.set(asked, this.#blocks.mined);
        if (asked.hasEnded) return;
        asked.hasEnded = true;
        this.#lastEnd = performance.now();
      }),
    );
    for (const [asked, endedAt] of this.#fresh)
      if (endedAt < this.#blocks.mined - DEPTH) this.#fresh.delete(asked);
  }

  #reopen(): void {
    for (const asked of this.#fresh.keys()) this.#live.add(asked);
    this.#fresh.clear();
  }

  /** Whether nothing is left to do before windows close or dates pass. */
  #isWaiting(): boolean {
    if (this.#all.length < this.#options.requests) return false;
    for (const { planned, state } of this.#live) {
      const isDue = planned.kind === "absent" ? state === State.OPEN : state === State.DELIVERED;
      if (!isDue || planned.kind === "lie") return false;
    }
    return true;
  }

  /** Lets the daemons finish what they began, on a chain that behaves. */
  async #settle(): Promise<void> {
    const { posts } = this.#parts;
    this.#blocks.isCalm = true;
    this.#faults = faultsOf(posts);
    for (const { proxy } of posts) proxy.setRates({});
    // Twice, since a daemon may not have seen the last reorganisation yet.
    for (const round of ["first", "second"]) {
      await sleep(CALM_MS);
      for (const post of posts) {
        const what = `${post.name} has nothing to be mined, ${round} look`;
        await eventually(what, () => hasSettled(post), SETTLE_MS);
      }
    }
    await this.#look();
    this.#reopen();
    await this.#look();
    if (this.#live.size > 0) throw new RangeError(`not ended after all: ${this.#stuck()}`);
    for (const { daemon } of posts) await daemon.stop();
  }

  #progress(): string {
    const { requests } = this.#options;
    const ended = this.#all.length - this.#live.size;
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const rate = ended / seconds;
    const left = rate === 0 ? "?" : ((requests - ended) / rate / 60).toFixed(1);
    const { mined, reorganisations } = this.#blocks;
    return (
      `${this.#all.length}/${requests} asked, ${ended} ended, ${mined} blocks, ` +
      `${reorganisations} reorganisations, ${this.#kills} kills, ${seconds.toFixed(0)} s, ` +
      `${rate.toFixed(2)} requests/s, ${left} min left (${this.#states()})`
    );
  }

  #states(): string {
    const counts = new Map<string, number>();
    for (const { state } of this.#live) {
      const name = stateName(state).toLowerCase();
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return Array.from(counts, ([name, count]) => `${count} ${name}`).join(", ");
  }

  #stuck(): string {
    const tails = this.#parts.posts.map(({ name, daemon }) => `${name}: ${daemon.tail()}`);
    return [...this.#details(), ...tails].join("\n");
  }

  #details(): string[] {
    return Array.from(this.#live, ({ planned, state, id, isTaken, refusal }) => {
      const { kind, isOrder, node } = planned;
      const how = isOrder ? "order" : "request";
      return `${kind} ${how} of node ${node} is ${stateName(state)}, taken: ${isTaken}, ${id} (${refusal})`;
    });
  }
}

function never(): never {
  throw new RangeError("it ended before the work");
}
