// SPDX-License-Identifier: MIT
/**
 * Owns the node's place in the chain. It polls for blocks, stores them with the contracts' events, and makes the views of
 * what is stored. It has no queue: one poll at a time, in transactions of bounded size, and a provider that cannot follow
 * is waited for.
 */
import type { Address } from "viem";

import { AbortedError } from "../../client/errors.ts";
import { sleep } from "../../client/sleep.ts";
import { BaseError } from "../../protocol/errors.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { FOLLOWED } from "../events.ts";
import { describeError } from "../log.ts";
import { BlockStore, type Place } from "./block-store.ts";
import { readFarRun, readNearRun, type Run } from "./catch-up.ts";
import { ChainSource } from "./chain-source.ts";
import { findCommonBlock } from "./common-block.ts";
import { CrossCheck } from "./cross-check.ts";
import {
  AnswersInconsistentError,
  FollowerOptionError,
  GenesisChangedError,
  HeadStaleError,
  ProviderChainError,
  ProviderError,
  ProviderReadError,
} from "./errors.ts";
import { Finality } from "./finality.ts";
import { nameRequests } from "./log-names.ts";
import { StatisticsBook } from "./statistics.ts";
import type {
  BlockLink,
  ChainBlock,
  FollowerParameters,
  FollowerStatistics,
  Head,
  RpcErrorKind,
} from "./types.ts";
import { ViewFold } from "./view-fold.ts";

const LEAST_KEPT_BLOCKS = 128;
/** Headers read for one transaction near the head. */
const NEAR_RUN = 32n;
/** How providers refuse logs of too many blocks. */
const TOO_MUCH: ReadonlySet<RpcErrorKind> = new Set(["refused", "timeout", "malformed"]);
const LONGEST_BACK_OFF_MS = 10_000;

const DEFAULTS = {
  keptBlocks: 256,
  blockRange: 10_000,
  patienceMs: 60_000,
  retryDelayMs: 200,
  now: Date.now,
  random: Math.random,
};

export class Follower {
  readonly #parameters: FollowerParameters & typeof DEFAULTS & { confirmations: number };
  readonly #sources: readonly ChainSource[];
  readonly #addresses: readonly Address[];
  readonly #store: BlockStore;
  readonly #views: ViewFold;
  readonly #crossCheck = new CrossCheck();
  readonly #statistics = new StatisticsBook();
  /** Blocks between head and confirmed. */
  readonly #depth: bigint;
  readonly #finality: Finality;
  #place: Place | undefined;
  #syncing: Promise<void> | undefined;

  constructor(options: FollowerParameters) {
    const confirmations = options.chain.isLocal ? 0 : 2;
    const parameters = { ...DEFAULTS, confirmations, ...options };
    const { database, chain, views, providers, signal, retryDelayMs, now, random } = parameters;
    checkOption("keptBlocks", parameters.keptBlocks, LEAST_KEPT_BLOCKS);
    checkOption("confirmations", parameters.confirmations, 0);
    checkOption("blockRange", parameters.blockRange, 1);

    this.#parameters = parameters;
    this.#depth = BigInt(parameters.confirmations);
    this.#finality = new Finality(chain.isLocal);
    this.#addresses = FOLLOWED.map((contract) => toLowerCase(chain.deployment[contract]));
    this.#store = new BlockStore(database, parameters.keptBlocks);
    this.#views = new ViewFold(this.#store, views, chain.deployment);
    const onFailure = this.#statistics.countError.bind(this.#statistics);
    this.#sources = providers
      .filter((client) => client !== undefined)
      .map((client) => new ChainSource({ client, signal, retryDelayMs, now, random, onFailure }));
  }

  get statistics(): FollowerStatistics {
    const agreement = this.#sources.length < 2 ? "off" : this.#crossCheck.agreement;
    return this.#statistics.read(this.#head(), agreement);
  }

  /** Follows until the signal; failures are logged and waited out. */
  async run(): Promise<void> {
    const { pollingIntervalMs, logger, signal, now, random } = this.#parameters;
    let failures = 0;
    while (!signal.aborted) {
      let wait = pollingIntervalMs;
      try {
        await this.sync();
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        logger.warn(describeError(error), "the chain cannot be followed, will be tried again");
        const longest = Math.min(pollingIntervalMs * 2 ** failures, LONGEST_BACK_OFF_MS);
        const rested = Math.min(...this.#sources.map(({ restsUntil }) => restsUntil)) - now();
        wait = Math.max(longest * (0.5 + random() / 2), rested);
      }
      await sleep(wait, signal);
    }
  }

  /**
   * Makes the views of what is stored, and catches up with the newest block. A call while one is under way shares it.
   *
   * @throws {ProviderError}, {@link ProvidersDisagreeError}, or what the database throws.
   */
  sync(): Promise<void> {
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined;
    });
    return this.#syncing;
  }

  /** Forgets the events of requests that ended, if they ended at or below the final block. Returns how many. */
  pruneRequests(ids: readonly RequestId[]): Promise<number> {
    return this.#store.pruneRequests(ids);
  }

  async #sync(): Promise<void> {
    const { signal, onHead, now } = this.#parameters;
    try {
      this.#place = await this.#views.update();
      await this.#syncWithAny();
    } catch (error) {
      if (error instanceof BaseError && !signal.aborted) this.#statistics.fail(error);
      throw error;
    }
    this.#statistics.succeed(now());
    const head = this.#head();
    if (head !== undefined && !signal.aborted) onHead(head);
  }

  /** With the first provider that is not resting, then with the others; all being behind is no failure. */
  async #syncWithAny(): Promise<void> {
    const { now } = this.#parameters;
    const isResting = (source: ChainSource) => Number(source.restsUntil > now());
    const order = [...this.#sources].sort((a, b) => isResting(a) - isResting(b));
    let stale = 0;
    let failure: ProviderError | undefined;
    for (const source of order) {
      try {
        await this.#syncWith(source);
        source.praise();
        return;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        if (error instanceof HeadStaleError) stale += 1;
        else {
          source.rest(error instanceof ProviderReadError ? error.retryAfterMs : 0);
          failure = error;
        }
        // Failed reads were counted one by one.
        if (!(error instanceof ProviderReadError)) this.#statistics.countError(error.kind);
      }
    }
    if (stale === 0 && failure !== undefined) throw failure;
  }

  async #syncWith(source: ChainSource): Promise<void> {
    await this.#identify(source);
    const head = await source.readBlock("latest");
    if (head === undefined) throw new AnswersInconsistentError(0n, "there is no newest block");
    const place = await this.#returnToChain(source, head);
    if (place === undefined) return;
    this.#statistics.seeHead(head.number);

    if (place.followedTo < head.number) await this.#follow(source, head);
    else await this.#agree(source, place.followedTo - this.#depth, []);
  }

  /** Checks that the provider serves the chain whose events are stored. */
  async #identify(source: ChainSource): Promise<void> {
    if (source.identified) return;
    const { chainId, block } = this.#parameters.chain.deployment;
    const found = await source.readChainId();
    if (found !== chainId) throw new ProviderChainError(found, chainId);
    const genesis = await source.readBlock(0n);
    if (genesis === undefined) throw new AnswersInconsistentError(0n, "it is missing");
    const stored = this.#place?.genesisHash ?? (await this.#store.open(genesis.hash, block - 1n));
    if (stored !== genesis.hash) throw new GenesisChangedError(genesis.hash, stored);
    this.#place ??= await this.#views.update();
    source.identified = true;
  }

  /** Removes what the chain does not have any more; undefined if another process was faster. */
  async #returnToChain(source: ChainSource, head: ChainBlock): Promise<Place | undefined> {
    const { chain, logger, patienceMs, now } = this.#parameters;
    const place = this.#place;
    if (place?.block === undefined) return place;
    const parameters = { source, store: this.#store, place, head, patienceMs, now };
    const common = await findCommonBlock(parameters);
    if (common?.hash === place.block.hash) return place;

    // A chain that was replaced from the first block on is no reorganisation.
    source.identified = false;
    await this.#identify(source);
    const to = common?.number ?? chain.deployment.block - 1n;
    const depth = Number(place.followedTo - to);
    logger.warn({ block: String(to), depth }, "the chain was reorganised");
    if (await this.#store.rewind(place, to)) this.#statistics.countReorganisation(depth);
    this.#place = await this.#views.update();
    return this.#place?.followedTo === to ? this.#place : undefined;
  }

  async #follow(source: ChainSource, head: ChainBlock): Promise<void> {
    const { chain, signal, keptBlocks, blockRange } = this.#parameters;
    const finalTo = await this.#finality.read(source, head);
    const farEnd = finalTo - BigInt(keptBlocks);
    let range = BigInt(blockRange);
    for (let place = this.#place; place !== undefined && place.followedTo < head.number;) {
      if (signal.aborted) throw new AbortedError("Following the chain", signal.reason);
      const isFar = place.followedTo < farEnd;
      const to = least(place.followedTo + (isFar ? range : NEAR_RUN), isFar ? farEnd : head.number);
      const parameters = {
        sources: [source, await this.#secondOf(source)] as const,
        place,
        to,
        addresses: this.#addresses,
        isLocal: chain.isLocal,
      };
      let run: Run;
      try {
        run = isFar ? await readFarRun(parameters) : await readNearRun({ ...parameters, head });
      } catch (error) {
        const tooMuch = error instanceof ProviderReadError && TOO_MUCH.has(error.kind);
        if (!isFar || !tooMuch || range === 1n) throw error;
        range = range / 2n || 1n;
        continue;
      }
      await this.#agree(source, least(to, head.number - this.#depth), run.blocks);
      const logs = nameRequests(run.logs, chain.deployment);
      const stored = await this.#store.append(place, { ...run, logs, finalTo });
      this.#place = await this.#views.update();
      // Another process follows too: what it stored is checked at the next poll.
      if (!stored) return;
      place = this.#place;
    }
  }

  /** Compares a confirmed block with the second provider's, if there is one. */
  async #agree(source: ChainSource, number: bigint, blocks: readonly BlockLink[]): Promise<void> {
    if (this.#sources.length < 2) return;
    const read = blocks.find((block) => block.number === number)?.hash;
    const hash = read ?? (await this.#store.readHash(number));
    if (hash === undefined) return;
    await this.#crossCheck.check({ number, hash }, await this.#secondOf(source));
  }

  /** The other provider, unless it rests or serves another chain. */
  async #secondOf(source: ChainSource): Promise<ChainSource | undefined> {
    const { now } = this.#parameters;
    const other = this.#sources.find((each) => each !== source && each.restsUntil <= now());
    try {
      if (other !== undefined) await this.#identify(other);
      return other;
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      other?.rest();
      return undefined;
    }
  }

  #head(): Head | undefined {
    const { block, finalTo } = this.#place ?? {};
    if (block === undefined || finalTo === undefined) return undefined;
    const { number, hash, timestamp } = block;
    return { number, hash, timestamp, confirmed: number - this.#depth, final: finalTo };
  }
}

const toLowerCase = (address: Address): Address => address.toLowerCase() as Address;
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);

function checkOption(name: string, value: number, min: number): void {
  if (!Number.isSafeInteger(value) || value < min) throw new FollowerOptionError(name, min);
}
