// SPDX-License-Identifier: MIT
/** One transaction of an action, from the call to its receipt: what is stored is gone on with, what is new is written first. */
import { isAddressEqual } from "viem";
import { call as simulate, estimateGas, getBalance } from "viem/actions";

import { ChainMismatchError } from "../../client/errors.ts";
import { withCallErrors } from "../../client/revert.ts";
import { type ContractCall, explainRevert, type WriteReturnType } from "../../client/transact.ts";
import { BaseError } from "../../protocol/errors.ts";
import type { ChainClient } from "../chain.ts";
import { TransactionQueueFullError } from "../errors.ts";
import {
  ActionTooLongError,
  GasFundsMissingError,
  IntentChangedError,
  SenderAccountError,
} from "./errors.ts";
import { quoteFees } from "./fees.ts";
import type { IntentStore } from "./intent-store.ts";
import { feesMessage, type KeyFollower } from "./key-follower.ts";
import { countMined } from "./nonces.ts";
import type { Problems } from "./problems.ts";
import { patiently, untilStopped } from "./retry.ts";
import { signForm } from "./signing.ts";
import type { Fees, Intent, OpenIntent, Plan, SendOptions } from "./types.ts";
import { readMarket, type ToldHead } from "./view.ts";
import type { Waiters } from "./waiters.ts";

const TRANSACTIONS_PER_ACTION = 16;
const UNSIGNED_LIMIT = 256;

/** What all submissions of a sender share. */
export interface Desk {
  chainId: number;
  store: IntentStore;
  waiters: Waiters;
  problems: Problems;
  signal: AbortSignal;
  maxFeePerGas: bigint | undefined;
  now: () => number;
  told: () => ToldHead | undefined;
  /** Transactions that are asked for and not signed yet. */
  unsigned: number;
}

/** One run of an action. */
export interface Pass {
  action: string;
  client: ChainClient;
  key: KeyFollower;
  retry: NonNullable<SendOptions["retry"]>;
  /** The intents that earlier calls of this run stand for. */
  used: Set<string>;
}

export async function submit(desk: Desk, pass: Pass, call: ContractCall): Promise<WriteReturnType> {
  const { account } = pass.client;
  const named = typeof call.account === "string" ? call.account : call.account?.address;
  if (named !== undefined && !isAddressEqual(named, account.address))
    throw new SenderAccountError(call.functionName);
  if (call.chainId !== desk.chainId) throw new ChainMismatchError(desk.chainId, call.chainId);

  let own: string | undefined;
  try {
    for (;;) {
      if (own !== undefined) pass.used.delete(own);
      const { name, intent } = await match(desk, pass, call);
      own = name;
      pass.used.add(name);
      if (intent === undefined || mayPlan(desk, pass, intent)) {
        if (!(await planAndSign(desk, pass, call, name, intent))) continue;
      } else if (intent.failure !== undefined) {
        throw await explain(pass.client, intent);
      }
      const settled = await untilStopped(desk.signal, desk.waiters.settled(name));
      if (settled !== "again") return settled;
    }
  } catch (error) {
    if (own !== undefined) pass.used.delete(own);
    throw error;
  }
}

/** Why a mined transaction reverted, told by a replay. */
export async function explain(client: ChainClient, intent: Intent): Promise<BaseError> {
  const { recipient: to, data, functionName, sender, blockNumber = 0n, minedHash } = intent;
  const receipt = { blockNumber, transactionHash: minedHash ?? "0x" } as const;
  return explainRevert(client, receipt, sender, { functionName, to, data });
}

/* MATCH */

/** Finds the intent that the call stands for, or the name of a new one. */
async function match(
  desk: Desk,
  { action, used, ...pass }: Pass,
  call: ContractCall,
): Promise<{ name: string; intent: Intent | undefined }> {
  const names = Array.from({ length: TRANSACTIONS_PER_ACTION }, (_, n) => `${action}/${n}`);
  const stored = new Map((await desk.store.byNames(names)).map((intent) => [intent.name, intent]));
  const free = names.flatMap((name) => {
    const intent = stored.get(name);
    return intent === undefined || used.has(name) ? [] : [intent];
  });
  const intent =
    free.find((known) => isSameCall(known, call)) ??
    // A run may leave out what an earlier run did, such as an approval, so that place alone says nothing.
    free.find((known) => isSameFunction(known, call));
  if (intent !== undefined) {
    if (!isSameCall(intent, call) && !mayPlan(desk, { action, used, ...pass }, intent))
      throw new IntentChangedError(intent.name, call.functionName);
    return { name: intent.name, intent };
  }
  const taken = names.findLastIndex((name) => stored.has(name) || used.has(name));
  const name = names[taken + 1];
  if (name === undefined) throw new ActionTooLongError(action, TRANSACTIONS_PER_ACTION);
  return { name, intent: undefined };
}

/** Whether no form of the intent can be mined with success any more. */
function mayPlan(desk: Desk, { retry }: Pass, intent: Intent): boolean {
  const { state, failure, blockNumber = 0n } = intent;
  if (state === "planned" || state === "failed") return true;
  const confirmed = desk.told()?.confirmedNumber;
  if (state !== "mined" || failure === undefined || confirmed === undefined) return false;
  return retry === "confirmed" && blockNumber <= confirmed;
}

function isSameCall({ recipient, data }: Intent, call: ContractCall): boolean {
  return isAddressEqual(recipient, call.to) && data === call.data.toLowerCase();
}

function isSameFunction({ recipient, data }: Intent, call: ContractCall): boolean {
  return isAddressEqual(recipient, call.to) && data.slice(0, 10) === call.data.slice(0, 10);
}

/* PLAN AND SIGN */

/** Whether the intent is signed and waits for its block; otherwise it changed meanwhile. */
async function planAndSign(
  desk: Desk,
  pass: Pass,
  call: ContractCall,
  name: string,
  seen: Intent | undefined,
): Promise<boolean> {
  const { store, signal } = desk;
  if (desk.unsigned >= UNSIGNED_LIMIT) throw new TransactionQueueFullError(UNSIGNED_LIMIT);
  desk.unsigned += 1;
  try {
    const { address: sender } = pass.client.account;
    const { to: recipient, functionName } = call;
    const data = call.data.toLowerCase() as typeof call.data;
    const gas = await patiently(signal, () => tryCall(pass.client, call));
    const plan: Plan = { name, sender, recipient, data, functionName, gas };
    const isWritten = seen === undefined ? store.plan(plan) : store.replan(seen, plan);
    return (await isWritten) && (await sign(desk, pass, plan));
  } catch (error) {
    // Nothing was signed: nothing stays.
    if (error instanceof BaseError && !signal.aborted) await store.forget(name);
    throw error;
  } finally {
    desk.unsigned -= 1;
  }
}

/** Simulates the call on the next block; returns the gas limit, a fifth above the estimate. */
async function tryCall(client: ChainClient, call: ContractCall): Promise<bigint> {
  const { to, data, functionName } = call;
  const attempt = { account: client.account.address, to, data, blockTag: "pending" } as const;
  await withCallErrors(functionName, simulate(client, attempt));
  if (call.gas !== undefined) return call.gas;
  const estimate = await withCallErrors(functionName, estimateGas(client, attempt));
  return estimate + estimate / 5n;
}

/** Signs the plan when its key has room and the price is right, then sends it. */
async function sign(desk: Desk, pass: Pass, plan: Plan): Promise<boolean> {
  const { store, waiters, problems, signal, chainId, now } = desk;
  const { client, key } = pass;
  const { sender } = plan;
  for (;;) {
    if (await store.hasRoom(sender)) {
      const market = await patiently(signal, () => readMarket(client));
      const fees = quoteFees(market, desk.maxFeePerGas);
      problems.set(`fees ${sender}`, fees === undefined ? feesMessage(sender) : undefined);
      if (fees !== undefined) {
        await assertFunds(desk, pass, plan, fees);
        const mined = await patiently(signal, () => countMined(client, sender));
        const form = await store.sign(plan, mined, (nonce) =>
          signForm(client.account, { chainId, intent: plan, nonce, fees, signedAt: now() }),
        );
        if (form === "gone") return false;
        if (form !== "full") {
          await key.send(plan.name, form);
          return true;
        }
      }
    }
    await untilStopped(signal, waiters.nextTick());
  }
}

/** What is under way may cost all it offers. */
async function assertFunds(desk: Desk, pass: Pass, plan: Plan, fees: Fees): Promise<void> {
  const { address } = pass.client.account;
  const open = (await desk.store.open()).filter(
    ({ state, sender }) => state === "signed" && sender === address,
  );
  const committed = open.reduce((sum, intent) => sum + costOf(intent), 0n);
  const needed = committed + plan.gas * fees.maxFeePerGas;
  const balance = await patiently(desk.signal, () =>
    withCallErrors("eth_getBalance", getBalance(pass.client, { address })),
  );
  const error = balance < needed ? new GasFundsMissingError(address, needed, balance) : undefined;
  desk.problems.set(`funds ${address}`, error?.message);
  if (error !== undefined) throw error;
}

function costOf({ gas, forms }: OpenIntent): bigint {
  return gas * (forms.at(-1)?.maxFeePerGas ?? 0n);
}
