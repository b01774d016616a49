// SPDX-License-Identifier: MIT
// What the tests and the process that is killed in them both need; it starts no chain.
import {
  type Address,
  createClient,
  custom,
  encodeFunctionData,
  getAddress,
  http,
  keccak256,
  parseAbi,
  toHex,
} from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";

import type { ContractCall } from "../../../src/client/transact.ts";
import type { ChainClient } from "../../../src/node/chain.ts";

export const CHAIN_ID = 31337;

export const tokenAbi = parseAbi([
  "function mint(address account, uint256 amount)",
  "function balanceOf(address account) view returns (uint256)",
  "function transfer(address to, uint256 amount) returns (bool)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function transferFrom(address from, address to, uint256 amount) returns (bool)",
  "function shrink(address account, uint256 amount)",
]);

export const accountOf = (name: string): PrivateKeyAccount =>
  privateKeyToAccount(keccak256(toHex(`key of ${name} in the sender tests`)));

/** Where an action's mint goes. */
export const targetOf = (action: string): Address =>
  getAddress(`0x${keccak256(toHex(`target of ${action}`)).slice(-40)}`);

/** The JSON-RPC of the chain, and a way to make it lie. */
export type Ask = (method: string, params: unknown) => Promise<unknown>;
export type Fault = (method: string, params: unknown, ask: Ask) => Promise<unknown>;

/** A client of the node's kind; `fault` stands between it and the chain. */
export function clientOf(rpcUrl: string, account: PrivateKeyAccount, fault?: Fault): ChainClient {
  const inner = http(rpcUrl, { retryCount: 0 })({});
  const ask: Ask = (method, params) => inner.request({ method, params });
  const request = ({ method, params }: { method: string; params?: unknown }) =>
    fault === undefined ? ask(method, params) : fault(method, params, ask);
  return createClient({
    account,
    transport: custom({ request }, { retryCount: 0 }),
    pollingInterval: 20,
    cacheTime: 0,
  });
}

/** The call of one action. */
export const mintCall = (token: Address, action: string): ContractCall =>
  mintTo(token, targetOf(action), 1n);

export function mintTo(token: Address, account: Address, amount: bigint): ContractCall {
  const args = [account, amount] as const;
  const data = encodeFunctionData({ abi: tokenAbi, functionName: "mint", args });
  return { chainId: CHAIN_ID, to: token, data, functionName: "mint" };
}
