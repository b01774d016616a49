// SPDX-License-Identifier: MIT
// The real contracts: carries commands out, and shows what became of the ledger.
import { network } from "hardhat";
import { decodeErrorResult, decodeEventLog, type Hex, isHex, numberToHex, slice } from "viem";

import { assayErrorsAbi } from "../../src/abi/assayErrors.ts";
import { orderSettlerAbi } from "../../src/abi/index.ts";
import { createKnownKeyProver } from "../lifecycle/known-key-prover.ts";
import { codeOf, wordsOf } from "./batch-read.ts";
import { createEncoder } from "./bytes.ts";
import type { Command } from "./command.ts";
import { deploy, START } from "./deploy.ts";
import type { Ledger } from "./ledger.ts";
import type { Outcome } from "./model.ts";
import { type Cast, probesOf, type Seen } from "./probes.ts";
import type { ErrorName } from "./refusal.ts";

const GAS = numberToHex(16_000_000);

export type World = Awaited<ReturnType<typeof createWorld>>;

export async function createWorld() {
  const connection = await network.create({
    network: "default",
    override: { initialDate: new Date(START * 1_000) },
  });
  const { viem, networkHelpers, provider } = connection;
  const prover = await createKnownKeyProver(await viem.getPublicClient());
  const deployment = await deploy(connection, prover);
  const { rules, people, signers, token } = deployment;
  const { transactionOf, forget } = createEncoder(deployment, prover);
  const cast: Cast = {
    people: Object.values(people),
    clients: [people.ann, people.bob],
    nodes: [people.nodeA, people.nodeB],
    signers,
    token,
  };
  const ask = (method: string, ...params: unknown[]): Promise<unknown> =>
    provider.request({ method, params });

  const execute = async (command: Command): Promise<Outcome> => {
    await ask("evm_setNextBlockTimestamp", command.at);
    if (command.call === "mine") {
      await ask("hardhat_mine", numberToHex(command.blocks));
      return { skipped: [] };
    }
    const transaction = { from: command.by, gas: GAS, ...(await transactionOf(command)) };
    try {
      const hash = await ask("eth_sendTransaction", transaction);
      return { skipped: command.call === "settleOrders" ? await skippedIn(hash as Hex) : [] };
    } catch (error) {
      return { error: errorNameOf(revertData(error)), skipped: [] };
    }
  };

  const skippedIn = async (hash: Hex): Promise<Outcome["skipped"]> => {
    const receipt = await ask("eth_getTransactionReceipt", hash);
    const { logs } = receipt as { logs: { address: Hex; topics: [Hex, ...Hex[]]; data: Hex }[] };
    return logs.flatMap(({ address, topics, data }) => {
      if (address !== rules.contracts.orders) return [];
      const log = decodeEventLog({ abi: orderSettlerAbi, topics, data });
      if (log.eventName !== "OrderRefused") return [];
      return [{ id: log.args.id, error: errorNameOf(log.args.reason) }];
    });
  };

  /** Where the contracts show something else than this ledger: the view, the field, and both values. */
  const differences = async (ledger: Ledger, seen: Seen): Promise<string[]> => {
    const probes = probesOf(rules, ledger, cast, seen);
    const reads = probes.map(({ read }) => read);
    const returned = await ask("eth_call", { data: codeOf(reads), gas: GAS }, "latest");
    return wordsOf(reads, returned as Hex).flatMap((words, index) => {
      const { view = "", expected = {} } = probes[index] ?? {};
      return Object.entries(expected).flatMap(([field, value], place) =>
        words[place] === value
          ? []
          : [`${view}: ${field} is ${words[place]}, the model says ${value}`],
      );
    });
  };

  let ready = await networkHelpers.takeSnapshot();
  return {
    rules,
    deployment,
    execute,
    differences,
    hashOf: async (block: number): Promise<Hex> => {
      const found = await ask("eth_getBlockByNumber", numberToHex(block), false);
      return (found as { hash: Hex }).hash;
    },
    /** From here on every sequence begins. */
    mark: async (): Promise<void> => {
      ready = await networkHelpers.takeSnapshot();
    },
    /** Goes back to the state in which every sequence begins. */
    restart: async (): Promise<void> => {
      await ready.restore();
      ready = await networkHelpers.takeSnapshot();
    },
    forget,
    close: () => connection.close(),
  };
}

/** What a failed transaction returned; anything else than a revert is not ours to handle. */
function revertData(error: unknown): Hex {
  const data = (error as { data?: unknown }).data;
  const bytes = isHex(data) ? data : (data as { data?: unknown } | undefined)?.data;
  if (!isHex(bytes)) throw error;
  return bytes;
}

const errorNames = new Map<Hex, ErrorName>();

/** Each selector is looked up once: to find one, every error of the ABI is hashed. */
function errorNameOf(data: Hex): ErrorName {
  const selector = slice(data, 0, 4);
  const name =
    errorNames.get(selector) ??
    (decodeErrorResult({ abi: assayErrorsAbi, data }).errorName as ErrorName);
  errorNames.set(selector, name);
  return name;
}
