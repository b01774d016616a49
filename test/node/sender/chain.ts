// SPDX-License-Identifier: MIT
// A local chain that makes a block when it is told to, with a token whose mints are the actions: each goes to an account of
// its own, so that the chain itself says how often an action happened.
import { artifacts, network } from "hardhat";
import { pino } from "pino";
import {
  type Address,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  getAddress,
  type Hex,
  http,
  parseEther,
  publicActions,
} from "viem";

import { sleep } from "../../../src/client/sleep.ts";
import { type ContractCall, transact, type TransactAction } from "../../../src/client/transact.ts";
import type { ChainClient } from "../../../src/node/chain.ts";
import { Sender, type SenderParameters, type SendOptions } from "../../../src/node/sender/index.ts";
import { type Database, openDatabase } from "../../../src/store/index.ts";
import {
  accountOf,
  CHAIN_ID,
  clientOf,
  type Fault,
  mintCall,
  targetOf,
  tokenAbi,
} from "./parts.ts";

const FINAL_DEPTH = 64n;

export type TestChain = Awaited<ReturnType<typeof makeChain>>;

/** What a sender under test is made of. */
export interface Bench {
  sender: Sender;
  database: Database;
  logs: string[];
  /** Tells the newest block and looks once. */
  look(): Promise<void>;
  /** Makes blocks, tells them and looks until the promise ends. */
  drive<T>(work: Promise<T>): Promise<T>;
  stop(): void;
}

export async function makeChain(contract: "TestToken" | "HostileToken" = "TestToken") {
  const server = await network.createServer("node", "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const chain = createTestClient({ mode: "hardhat", transport: http(rpcUrl) }).extend(
    publicActions,
  );
  await chain.setIntervalMining({ interval: 0 });

  const fund = (who: Address, ether = "1000") =>
    chain.setBalance({ address: who, value: parseEther(ether) });
  const walletOf = (name: string) =>
    createWalletClient({ account: accountOf(name), transport: http(rpcUrl), pollingInterval: 20 });
  await fund(accountOf("deployer").address);
  const { abi, bytecode } = await artifacts.readArtifact(contract);
  const hash = await walletOf("deployer").deployContract({
    abi,
    bytecode: bytecode as Hex,
    args: [],
    chain: null,
  });
  const { contractAddress } = await chain.waitForTransactionReceipt({ hash });
  if (contractAddress === null || contractAddress === undefined)
    throw new RangeError("no token was deployed");
  const token = getAddress(contractAddress);
  for (const name of ["node", "second", "third", "stranger"]) await fund(accountOf(name).address);
  await chain.setAutomine(false);

  const balanceOf = (who: Address) =>
    chain.readContract({ address: token, abi: tokenAbi, functionName: "balanceOf", args: [who] });
  const call = (
    functionName: "transfer" | "approve" | "transferFrom" | "shrink",
    args: readonly unknown[],
  ): ContractCall => ({
    chainId: CHAIN_ID,
    to: token,
    functionName,
    data: encodeFunctionData({ abi: tokenAbi, functionName, args } as never),
  });
  const benches: Bench[] = [];

  /** Whole blocks: those that `hardhat_mine` leaves out when it makes many have no state of their own. */
  const mine = async (blocks = 1): Promise<void> => {
    for (let made = 0; made < blocks; made += 1) await chain.mine({ blocks: 1 });
  };

  const shared = await openDatabase({ location: "memory:", schema: "sender" });

  /** A sender, on an empty database if none is given; one at a time is in use. */
  const makeBench = async (
    options: Partial<SenderParameters> & { fault?: Fault; keys?: readonly string[] } = {},
  ): Promise<Bench> => {
    const { fault, keys = ["node"], ...parameters } = options;
    const [own = "node", ...others] = keys;
    if (options.database === undefined)
      await shared.query("TRUNCATE intents, transactions, leases");
    const database = options.database ?? shared;
    const logs: string[] = [];
    const logger = pino({ level: "debug" }, { write: (line: string) => void logs.push(line) });
    const sender = new Sender({
      client: clientOf(rpcUrl, accountOf(own), fault),
      gasPayers: others.map(accountOf),
      chainId: CHAIN_ID,
      logger,
      ...parameters,
      database,
    });
    const controller = new AbortController();
    const look = async () => {
      const { number, hash: headHash } = await chain.getBlock();
      const final = number > FINAL_DEPTH ? number - FINAL_DEPTH : 0n;
      sender.onHead({ number, hash: headHash }, number, final);
      await sender.sync();
    };
    const bench: Bench = {
      sender,
      database,
      logs,
      look,
      drive: async (work) => {
        const ended = work.then(
          () => true,
          () => true,
        );
        const deadline = Date.now() + 30_000;
        while (!(await Promise.race([ended, sleep(5)]))) {
          if (Date.now() > deadline) throw new RangeError("the sender does not get on");
          await mine();
          await look().catch(() => {
            // Faults are part of some tests; the next look makes up for them.
          });
        }
        return work;
      },
      stop: () => controller.abort(),
    };
    const aborted = AbortSignal.abort();
    controller.signal.addEventListener("abort", () => void sender.run(aborted));
    benches.push(bench);
    return bench;
  };

  /** The mints to an action's account: how often it happened. */
  const countOf = async (action: string): Promise<bigint> => balanceOf(targetOf(action));

  const mint = (bench: Bench, action: string, options?: SendOptions) =>
    bench.sender.send(action, (client) => transact(client, mintCall(token, action)), options);

  /** Sends, and waits until the intent is signed but not mined. */
  const startMint = async (bench: Bench, action: string, options?: SendOptions) => {
    const sent = mint(bench, action, options);
    const failed = sent.then(
      () => undefined,
      (error: unknown) => error,
    );
    await until(`${action} is signed`, async () => {
      const state = (await intentOf(bench.database, action))?.["state"];
      return state === "signed" || state === "mined" ? true : undefined;
    });
    return { sent, failed };
  };

  const close = async () => {
    for (const bench of benches) bench.stop();
    await shared.close();
    await server.close();
  };

  return {
    rpcUrl,
    chain,
    token,
    call,
    fund,
    walletOf,
    balanceOf,
    countOf,
    mine,
    makeBench,
    mint,
    startMint,
    close,
  };
}

/** Polls until there is an answer; a deadline, not a sleep, decides. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new RangeError(`${what} did not come true`);
    await sleep(5);
  }
}

/** What is stored of the n-th transaction of an action. */
export async function intentOf(database: Database, action: string, n = 0) {
  const [row] = await database.query("SELECT * FROM intents WHERE action = $1", [`${action}/${n}`]);
  return row;
}

/** The signed forms of an action's first transaction. */
export function formsOf(database: Database, action: string) {
  return database.query<{ hash: Hex; nonce: bigint; raw: Hex; max_fee_per_gas: bigint }>(
    "SELECT * FROM transactions WHERE action = $1 ORDER BY max_fee_per_gas",
    [`${action}/0`],
  );
}

export type ActionClient = ChainClient & TransactAction;
