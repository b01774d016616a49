// SPDX-License-Identifier: MIT
/**
 * Owns what becomes of one key's signed transactions: mined, dropped by a reorganisation, final, too cheap, lost, or held
 * up by a nonce that nothing has. Keys do not wait for each other.
 */
import { type Address, isAddressEqual, type TransactionReceipt } from "viem";
import type { PrivateKeyAccount } from "viem/accounts";

import { describeError } from "../log.ts";
import type { ChainClient } from "../chain.ts";
import { broadcast } from "./broadcast.ts";
import { quoteFees, raiseFees } from "./fees.ts";
import { hashesOf, type IntentStore } from "./intent-store.ts";
import { countMined, findOccupant, missingNonces, type Occupant } from "./nonces.ts";
import type { Problems } from "./problems.ts";
import { findReceipt } from "./receipts.ts";
import { backOff } from "./retry.ts";
import { signForm } from "./signing.ts";
import type { Counters, Intent, OpenIntent, SenderParameters, SignedForm } from "./types.ts";
import type { View } from "./view.ts";

const GAPS_AT_ONCE = 16;
const FILLER_GAS = 21_000n;

export interface KeyParameters {
  sender: Address;
  /** Undefined if this process does not have the key: it can only watch. */
  account: PrivateKeyAccount | undefined;
  client: ChainClient;
  store: IntentStore;
  options: Required<Pick<SenderParameters, "stuckAfterMs" | "rebroadcastEveryMs" | "now">> &
    Pick<SenderParameters, "chainId" | "maxFeePerGas" | "logger">;
  counters: Counters;
  problems: Problems;
}

export class KeyFollower {
  readonly #parameters: KeyParameters;
  /** When each intent's newest form was last taken by the RPC. */
  readonly #sentAt = new Map<string, number>();
  /** The nonce that comes next on the chain, and since when. */
  #mineable = { nonce: -1n, since: 0 };
  #failures = 0;
  #notBefore = 0;

  constructor(parameters: KeyParameters) {
    this.#parameters = parameters;
  }

  /** Brings all open intents of the key up to date. After a failure it rests for a while. */
  async follow(view: View, open: readonly OpenIntent[]): Promise<void> {
    const { now, logger } = this.#parameters.options;
    if (now() < this.#notBefore) return;
    try {
      await this.#followAll(view, open);
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      this.#notBefore = now() + backOff(this.#failures, error);
      const { sender } = this.#parameters;
      logger.warn({ sender, ...describeError(error) }, "will be looked at again");
    }
  }

  /** The first failure is thrown when all were looked at. */
  async #followAll(view: View, open: readonly OpenIntent[]): Promise<void> {
    const { client, sender, account, options, problems } = this.#parameters;
    const mined = await countMined(client, sender, view.number);
    // What a reorganisation takes back, RPCs may have forgotten with all that came after it.
    if (mined < this.#mineable.nonce) this.#sentAt.clear();
    if (mined !== this.#mineable.nonce) this.#mineable = { nonce: mined, since: options.now() };

    const failures: unknown[] = [];
    const attempt = <T>(work: Promise<T>): Promise<T | undefined> =>
      work.catch((error: unknown) => void failures.push(error));
    let lost = false;
    for (const intent of open) {
      const next = await attempt(this.#look(intent, view, mined));
      if (next === "push") await attempt(this.#push(intent, view, mined));
      lost ||= next === "lost";
    }
    const taken = `Another transaction of ${sender} took a nonce; its own waits until that is final.`;
    problems.set(`nonce ${sender}`, lost ? taken : undefined);
    const isKeyless = account === undefined && open.some(({ state }) => state === "signed");
    const keyless = `The key of ${sender} is missing: its transactions cannot be raised in price.`;
    problems.set(`key ${sender}`, isKeyless ? keyless : undefined);
    await attempt(this.#fillGaps(open, view, mined));
    for (const name of this.#sentAt.keys()) {
      if (!open.some((intent) => intent.name === name)) this.#sentAt.delete(name);
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Gives stored bytes to the chain; a failure is made up for at the next look. */
  async send(name: string, form: SignedForm): Promise<void> {
    const { client, sender, problems, options } = this.#parameters;
    const result = await broadcast(client, form.raw);
    if (result.outcome === "taken") this.#sentAt.set(name, options.now());
    if (result.outcome === "refused")
      options.logger.debug({ intent: name, ...describeError(result.error) }, "not taken");
    const message = `${sender} cannot pay for the gas of its transactions.`;
    problems.set(`funds ${sender}`, result.outcome === "unpaid" ? message : undefined);
  }

  /* LOOK */

  async #look(intent: OpenIntent, view: View, mined: bigint): Promise<"push" | "lost" | "done"> {
    const { store, client, options } = this.#parameters;
    if (intent.state === "mined") {
      const { blockNumber = 0n } = intent;
      if ((await view.blockHashes(blockNumber)) === intent.blockHash) {
        if (view.final !== undefined && blockNumber <= view.final) await store.markFinal(intent);
        return "done";
      }
    } else if (intent.nonce >= mined) return "push";

    const receipt = await findReceipt(client, hashesOf(intent), view.blockHashes);
    if (receipt !== undefined) {
      await this.#mined(intent, receipt);
      return "done";
    }
    if (intent.state === "mined") {
      options.logger.warn({ intent: intent.name }, "a block was replaced, sent again");
      await store.markDropped(intent);
      this.#sentAt.clear();
      return "push";
    }
    return this.#lookForOccupant(intent, view);
  }

  /** The nonce is used, but not by a form that is known here. */
  async #lookForOccupant(intent: OpenIntent, view: View): Promise<"lost" | "done"> {
    const { store, client, sender, options } = this.#parameters;
    const { final } = view;
    if (final === undefined || (await countMined(client, sender, final)) <= intent.nonce)
      return "lost";
    const occupant = await findOccupant(client, sender, intent.nonce, final);
    if (occupant === undefined) return "lost";
    if (isSameCall(occupant, intent)) {
      // A form of it that an older copy of the database does not have.
      const receipt = await findReceipt(client, [occupant.hash], view.blockHashes);
      if (receipt === undefined) return "lost";
      await this.#mined(intent, receipt);
      return "done";
    }
    options.logger.warn({ intent: intent.name, by: occupant.hash }, "a nonce was lost");
    await store.markNonceLost(intent);
    return "done";
  }

  async #mined(intent: OpenIntent, receipt: TransactionReceipt): Promise<void> {
    const { store, counters } = this.#parameters;
    if (!(await store.markMined(intent, receipt)) || intent.state === "mined") return;
    counters.gasSpentWei += receipt.gasUsed * receipt.effectiveGasPrice;
    if (receipt.status === "reverted") counters.reverted += 1;
  }

  /* PUSH */

  async #push(intent: OpenIntent, view: View, mined: bigint): Promise<void> {
    const { options, counters } = this.#parameters;
    const newest = intent.forms.at(-1);
    if (newest === undefined || this.#isStuck(intent, newest, view, mined)) {
      if (await this.#price(intent, newest, view)) return;
    }
    const sentAt = this.#sentAt.get(intent.name);
    const isDue = sentAt === undefined || options.now() - sentAt >= options.rebroadcastEveryMs;
    if (newest === undefined || !isDue) return;
    counters.rebroadcasts += 1;
    await this.send(intent.name, newest);
  }

  /** Too cheap for the next block, or next in turn for long although blocks come. */
  #isStuck(intent: OpenIntent, newest: SignedForm, view: View, mined: bigint): boolean {
    if (newest.maxFeePerGas < view.baseFee) return true;
    if (intent.nonce !== mined || !view.isNewer) return false;
    const { now, stuckAfterMs } = this.#parameters.options;
    return now() - Math.max(newest.signedAt, this.#mineable.since) >= stuckAfterMs;
  }

  /** Signs the intent at a first or higher price, stores it, sends it; false while that may not be paid. */
  async #price(intent: OpenIntent, newest: SignedForm | undefined, view: View): Promise<boolean> {
    const { account, store, options, counters, problems, sender } = this.#parameters;
    if (account === undefined) return false;
    const { chainId, maxFeePerGas: cap, now } = options;
    const market = await view.market();
    const fees = newest === undefined ? quoteFees(market, cap) : raiseFees(newest, market, cap);
    problems.set(`fees ${sender}`, fees === undefined ? feesMessage(sender) : undefined);
    if (fees === undefined) return false;

    const { nonce } = intent;
    const form = await signForm(account, { chainId, intent, nonce, fees, signedAt: now() });
    if (!(await store.addForm(intent, form))) return true;
    if (newest !== undefined) counters.replacements += 1;
    await this.send(intent.name, form);
    return true;
  }

  /* GAPS */

  /** Nonces below an open one that nothing has: the chain or the database went back in time. */
  async #fillGaps(open: readonly OpenIntent[], view: View, mined: bigint): Promise<void> {
    const { store, client, sender, counters } = this.#parameters;
    const nonces = open.map(({ nonce }) => nonce);
    for (const nonce of missingNonces(nonces, mined, GAPS_AT_ONCE)) {
      const known = await store.atNonce(sender, nonce);
      if (known.some(({ state }) => state === "signed" || state === "mined")) continue;
      const done = known.find(({ state }) => state === "final");
      if (done === undefined) {
        const name = `fill:${sender}:${nonce}/0`;
        const call = { recipient: sender, data: "0x", functionName: "fill" } as const;
        await store.insertFiller({ name, sender, ...call, gas: FILLER_GAS }, nonce);
      } else {
        const hashes = done.minedHash === undefined ? [] : [done.minedHash];
        // An RPC that counts from another time than it looks up receipts: nothing is missing.
        if ((await findReceipt(client, hashes, view.blockHashes)) !== undefined) continue;
        await store.markDropped(done);
      }
      counters.noncesFilled += 1;
      this.#sentAt.clear();
    }
  }
}

export function feesMessage(sender: Address): string {
  return `The chain asks for more gas than maxFeePerGas; transactions of ${sender} wait.`;
}

function isSameCall({ to, input }: Occupant, { recipient, data }: Intent): boolean {
  return to !== null && isAddressEqual(to, recipient) && input === data;
}
