// SPDX-License-Identifier: MIT
// What a write makes of a chain that fails it, told by a transport that plays the chain.
import { expect } from "chai";
import {
  createWalletClient,
  custom,
  type EIP1193RequestFn,
  formatTransactionReceipt,
  type Hex,
  keccak256,
  numberToHex,
  toHex,
  zeroAddress,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

import {
  CallInvalidError,
  ContractRevertedError,
  RpcFailedError,
  TransactionPendingError,
  TransactionReplacedError,
  TransactionRevertedError,
  withdraw,
} from "../../src/client/index.ts";
import type { ContractCall } from "../../src/client/transact.ts";
import { rejection } from "./rejection.ts";

const account = privateKeyToAccount(keccak256(toHex("account of the transact tests")));
const hash = keccak256("0x01");
const otherHash = keccak256("0x02");
const deployment = {
  chainId: 31337,
  market: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
} as const;
/** BalanceInsufficient(account, 0, 1). */
const refused: Hex = `0x${[
  keccak256(toHex("BalanceInsufficient(address,uint128,uint128)")).slice(2, 10),
  account.address.slice(2).toLowerCase().padStart(64, "0"),
  "0".padStart(64, "0"),
  "1".padStart(64, "0"),
].join("")}`;

type Answer = unknown | ((params: unknown) => unknown);

const block = {
  number: "0x5",
  hash,
  timestamp: "0x1",
  baseFeePerGas: "0x1",
  gasLimit: "0x1000000",
  gasUsed: "0x0",
  transactions: [],
};
const receipt = {
  transactionHash: hash,
  transactionIndex: "0x0",
  blockHash: hash,
  blockNumber: "0x5",
  from: account.address,
  to: deployment.market,
  cumulativeGasUsed: "0x1",
  gasUsed: "0x1",
  effectiveGasPrice: "0x1",
  contractAddress: null,
  logs: [],
  logsBloom: "0x",
  status: "0x1",
  type: "0x2",
};
const sane: Record<string, Answer> = {
  eth_chainId: numberToHex(31337),
  eth_call: "0x",
  eth_estimateGas: "0x5208",
  eth_getTransactionCount: "0x0",
  eth_getBlockByNumber: block,
  eth_blockNumber: "0x5",
  eth_maxPriorityFeePerGas: "0x1",
  eth_gasPrice: "0x1",
  eth_sendRawTransaction: hash,
  eth_getTransactionByHash: {
    ...receipt,
    hash,
    nonce: "0x0",
    value: "0x0",
    input: "0x",
    gas: "0x1",
  },
  eth_getTransactionReceipt: receipt,
};

class Refusal extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(message: string, code: number, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

function refuse(message: string, code: number, data?: unknown): () => never {
  return () => {
    throw new Refusal(message, code, data);
  };
}

function play(answers: Record<string, Answer> = {}) {
  const asked: { method: string; params: unknown }[] = [];
  const request = (async ({ method, params }: { method: string; params?: unknown }) => {
    asked.push({ method, params });
    const answer = { ...sane, ...answers }[method];
    if (answer === undefined) throw new Refusal(`unexpected ${method}`, -32601);
    return typeof answer === "function" ? (answer as (params: unknown) => unknown)(params) : answer;
  }) as EIP1193RequestFn;
  const client = createWalletClient({
    account,
    transport: custom({ request }, { retryCount: 0 }),
    pollingInterval: 5,
  });
  const send = (timeout = 1_000) =>
    withdraw(client, { deployment, to: account.address, amount: 1n, timeout });
  return { asked, client, send };
}

const methods = (asked: { method: string }[]) => asked.map(({ method }) => method);

describe("transact", () => {
  it("default: simulates, estimates, sends once, waits", async () => {
    const { asked, send } = play();
    const sent = await send();
    expect(sent.hash, "hash").to.equal(hash);
    expect(sent.events, "events").to.deep.equal([]);
    const order = methods(asked).filter((method) =>
      [
        "eth_call",
        "eth_estimateGas",
        "eth_sendRawTransaction",
        "eth_getTransactionReceipt",
      ].includes(method),
    );
    expect(order, "order").to.deep.equal([
      "eth_call",
      "eth_estimateGas",
      "eth_sendRawTransaction",
      "eth_getTransactionReceipt",
    ]);
    const call = asked.find(({ method }) => method === "eth_call");
    expect(call, "judged by the next block").to.have.nested.property("params[1]", "pending");
  });

  it("behavior: a client that brings its own transact is asked with the encoded call", async () => {
    const { asked, client } = play();
    const calls: ContractCall[] = [];
    const own = client.extend(() => ({
      transact: async (call: ContractCall) => {
        calls.push(call);
        return { hash: otherHash, receipt: formatTransactionReceipt(receipt as never) };
      },
    }));
    const sent = await withdraw(own, { deployment, to: account.address, amount: 1n });
    expect(sent.hash, "its hash").to.equal(otherHash);
    expect(sent.events, "decoded from its receipt").to.deep.equal([]);
    expect(calls, "calls").to.have.length(1);
    expect(calls[0], "call").to.include({ to: deployment.market, functionName: "withdraw" });
    expect(asked, "the chain is left to it").to.deep.equal([]);
  });

  for (const [shape, data] of [
    ["plain", refused],
    ["nested", { data: refused, message: "reverted" }],
  ] as const) {
    it(`error: refused, ${shape} revert data: nothing is sent`, async () => {
      const { asked, send } = play({ eth_call: refuse("execution reverted", 3, data) });
      const error = await rejection(send());
      expect(error, "class").to.be.instanceOf(ContractRevertedError);
      expect((error as ContractRevertedError).errorName, "name").to.equal("BalanceInsufficient");
      expect(methods(asked), "methods").to.not.include("eth_sendRawTransaction");
    });
  }

  it("error: the RPC is down: nothing is sent", async () => {
    const { asked, send } = play({ eth_call: refuse("bad gateway", -32603) });
    expect(await rejection(send()), "class").to.be.instanceOf(RpcFailedError);
    expect(methods(asked), "methods").to.not.include("eth_sendRawTransaction");
  });

  for (const [reason, message] of [
    ["no ether for gas", "insufficient funds for gas * price + value"],
    ["a nonce that was used", "nonce too low"],
  ] as const) {
    it(`error: ${reason}`, async () => {
      const { send } = play({ eth_sendRawTransaction: refuse(message, -32000) });
      expect(await rejection(send()), "class").to.be.instanceOf(CallInvalidError);
    });
  }

  it("error: an argument that does not fit", async () => {
    const { asked, send } = play();
    void send;
    const client = createWalletClient({
      account,
      transport: custom({ request: async () => "0x" }),
    });
    const error = await rejection(
      withdraw(client, { deployment, to: zeroAddress, amount: 2n ** 128n }),
    );
    expect(error, "class").to.be.instanceOf(CallInvalidError);
    expect(asked, "asked").to.deep.equal([]);
  });

  it("error: no receipt in time is pending, with the hash, not failed", async () => {
    const { send } = play({ eth_getTransactionReceipt: null, eth_getTransactionByHash: null });
    const error = await rejection(send(60));
    expect(error, "class").to.be.instanceOf(TransactionPendingError);
    expect((error as TransactionPendingError).hash, "hash").to.equal(hash);
  });

  it("error: mined and reverted, with the reason of a replay", async () => {
    let calls = 0;
    const { send } = play({
      eth_getTransactionReceipt: { ...receipt, status: "0x0" },
      eth_call: () => {
        calls += 1;
        if (calls > 1) throw new Refusal("execution reverted", 3, refused);
        return "0x";
      },
    });
    const error = await rejection(send());
    expect(error, "class").to.be.instanceOf(TransactionRevertedError);
    expect((error as Error).cause, "cause").to.be.instanceOf(ContractRevertedError);
    expect((error as TransactionRevertedError).hash, "hash").to.equal(hash);
  });

  it("error: another transaction took the nonce", async () => {
    const transaction = sane["eth_getTransactionByHash"] as object;
    const other = {
      ...transaction,
      hash: otherHash,
      from: account.address,
      to: zeroAddress,
      input: "0x",
      value: "0x1",
    };
    let number = 5;
    const { send } = play({
      eth_blockNumber: () => numberToHex((number += 1)),
      eth_getBlockByNumber: (params: unknown) => ({
        ...block,
        transactions: (params as unknown[])[1] === true ? [other] : [],
      }),
      eth_getTransactionReceipt: (params: unknown) =>
        (params as unknown[])[0] === otherHash ? { ...receipt, transactionHash: otherHash } : null,
    });
    const error = await rejection(send(3_000));
    expect(error, "class").to.be.instanceOf(TransactionReplacedError);
    expect((error as Error).message, "replacement").to.contain(otherHash);
  });
});
