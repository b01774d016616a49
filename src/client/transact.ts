// SPDX-License-Identifier: MIT
import type { Account, Address, Client, Hash, Hex, TransactionReceipt } from "viem";
import {
  call,
  estimateGas,
  getChainId,
  sendTransaction,
  waitForTransactionReceipt,
} from "viem/actions";
import { getAction } from "viem/utils";

import {
  AccountMissingError,
  ChainMismatchError,
  TransactionPendingError,
  TransactionReplacedError,
  TransactionRevertedError,
} from "./errors.ts";
import { type ReadErrorType, toCallError, withCallErrors } from "./revert.ts";

/** What every write takes besides its own parameters. */
export interface WriteOptions {
  /** Who sends; the client's account if not given. */
  account?: Account | Address;
  /** Gas limit; a fifth above the estimate if not given. */
  gas?: bigint;
  maxFeePerGas?: bigint;
  maxPriorityFeePerGas?: bigint;
  nonce?: number;
  /** Blocks to wait for, the transaction's own included; 1 if not given. */
  confirmations?: number;
  /** Milliseconds between looks for the receipt; the client's if not given. */
  pollingInterval?: number;
  /** Milliseconds to wait for the receipt; three minutes if not given. */
  timeout?: number;
}

/** What every write returns besides its events: a mined, successful transaction. */
export interface WriteReturnType {
  hash: Hash;
  receipt: TransactionReceipt;
}

/** What every write may throw. */
export type WriteErrorType =
  | ReadErrorType
  | AccountMissingError
  | ChainMismatchError
  | TransactionPendingError
  | TransactionReplacedError
  | TransactionRevertedError;

/** An encoded call of a contract. */
export interface ContractCall extends WriteOptions {
  chainId: number;
  to: Address;
  data: Hex;
  /** For errors. */
  functionName: string;
}

const RECEIPT_TIMEOUT = 180_000;

/** The state may move between estimate and block, so the limit leaves a fifth of slack. */
function addSlack(gas: bigint): bigint {
  return gas + gas / 5n;
}

/** A client's own way to get a call mined; all actions that write use it in place of {@link transact}. */
export interface TransactAction {
  transact: (call: ContractCall) => Promise<WriteReturnType>;
}

/**
 * Simulates a call, sends it, waits until it is mined, and tells apart refused, pending and failed. A client that was
 * extended by an action of this name does it its own way.
 */
export function transact(client: Client, call: ContractCall): Promise<WriteReturnType> {
  return getAction(client, simulateAndSend, "transact" satisfies keyof TransactAction)(call);
}

async function simulateAndSend(client: Client, parameters: ContractCall): Promise<WriteReturnType> {
  const { chainId, to, data, functionName, account = client.account } = parameters;
  if (account === undefined) throw new AccountMissingError(functionName);

  const actual = await withCallErrors(functionName, getChainId(client));
  if (actual !== chainId) throw new ChainMismatchError(actual, chainId);

  // The next block, not the last one: deadlines and "in a later block" are judged by it.
  const attempt = { account, to, data, blockTag: "pending" } as const;
  await withCallErrors(functionName, call(client, attempt));
  const gas =
    parameters.gas ?? addSlack(await withCallErrors(functionName, estimateGas(client, attempt)));

  const { maxFeePerGas, maxPriorityFeePerGas, nonce } = parameters;
  const hash = await withCallErrors(
    functionName,
    sendTransaction(client, {
      account,
      chain: client.chain ?? null,
      to,
      data,
      gas,
      ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }),
      ...(maxPriorityFeePerGas === undefined ? {} : { maxPriorityFeePerGas }),
      ...(nonce === undefined ? {} : { nonce }),
    }),
  );

  const receipt = await waitForReceipt(client, hash, parameters);
  if (receipt.status === "reverted")
    throw await explainRevert(client, receipt, account, parameters);
  return { hash: receipt.transactionHash, receipt };
}

async function waitForReceipt(
  client: Client,
  hash: Hash,
  parameters: ContractCall,
): Promise<TransactionReceipt> {
  const { functionName, confirmations = 1, pollingInterval, timeout } = parameters;
  let replaced = false;
  let receipt: TransactionReceipt;
  try {
    receipt = await waitForTransactionReceipt(client, {
      hash,
      confirmations,
      timeout: timeout ?? RECEIPT_TIMEOUT,
      ...(pollingInterval === undefined ? {} : { pollingInterval }),
      // A repriced transaction is the same call; a cancelled or replaced one is not.
      onReplaced: ({ reason }) => {
        replaced = reason !== "repriced";
      },
    });
  } catch (cause) {
    throw new TransactionPendingError(functionName, hash, cause);
  }
  if (replaced) throw new TransactionReplacedError(functionName, hash, receipt.transactionHash);
  return receipt;
}

/** Replays a reverted call on the block that held it, to learn its reason. */
export async function explainRevert(
  client: Client,
  receipt: Pick<TransactionReceipt, "blockNumber" | "transactionHash">,
  account: Account | Address,
  parameters: Pick<ContractCall, "functionName" | "to" | "data">,
): Promise<TransactionRevertedError> {
  const { functionName, to, data } = parameters;
  const { blockNumber, transactionHash } = receipt;
  try {
    await call(client, { account, to, data, blockNumber });
  } catch (error) {
    const cause = toCallError(functionName, error);
    return new TransactionRevertedError(functionName, transactionHash, cause);
  }
  return new TransactionRevertedError(functionName, transactionHash, undefined);
}
