// SPDX-License-Identifier: MIT
// The money of a soak: what every account has in the end must be what it had and what the ends of the requests say, and the
// contracts must have what they owe.
import { expect } from "chai";
import { type Address, erc20Abi, formatEther, isAddressEqual } from "viem";
import { readContract } from "viem/actions";

import { inferenceMarketAbi, nodeRegistryAbi } from "../../../src/abi/index.ts";
import {
  getCourtParameters,
  getDispute,
  getLedgerBalance,
  getModel,
  getNode,
  getParameters,
  getReservation,
} from "../../../src/client/index.ts";
import { type RequestId, State } from "../../../src/protocol/index.ts";
import { payoutOf } from "../../../src/protocol/fees.ts";
import type { World } from "../world.ts";
import type { History } from "./history.ts";
import type { Soaked } from "./run.ts";

const BPS = 10_000n;

/** Token units of one account, wherever they are. */
export interface Holding {
  token: bigint;
  /** In the market: free and reserved. */
  market: bigint;
  /** In the registry: free, leaving and opted in. */
  staked: bigint;
}

export type Holdings = ReadonlyMap<Address, Holding>;

export async function readHoldings(
  world: World,
  accounts: readonly Address[],
  nodes: readonly Address[],
): Promise<Holdings> {
  const { client: reader, deployment } = world;
  const holdings = new Map<Address, Holding>();
  for (const account of accounts) {
    const token = await tokenOf(world, account);
    let market = await getLedgerBalance(reader, { deployment, account });
    for (const node of nodes)
      market += (await getReservation(reader, { deployment, client: account, node })).amount;
    const { stake, unbonding } = await getNode(reader, { deployment, node: account });
    const opted = await readContract(reader, {
      address: deployment.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "optedOf",
      args: [account],
    });
    holdings.set(account, { token, market, staked: stake + unbonding + opted });
  }
  return holdings;
}

/** Checks everybody's money; returns what was paid to nodes and what was burned, in tokens. */
export async function expectMoney(soaked: Soaked, history: History) {
  const { world, start, accounts, serving } = soaked;
  const expected = new Map(Array.from(start.holdings, ([account, of]) => [account, sumOf(of)]));
  const owed = await ledgerOf(soaked, history);
  for (const [account, change] of owed.changes) {
    expect(expected.has(account), `${account} is somebody`).to.equal(true);
    expected.set(account, (expected.get(account) ?? 0n) + change);
  }
  const ends = await readHoldings(world, accounts, serving);
  for (const [account, of] of ends)
    expect(sumOf(of), `money of ${account}`).to.equal(expected.get(account));

  const { deployment } = world;
  const owes = (part: keyof Holding) =>
    Array.from(ends.values()).reduce((sum, of) => sum + of[part], 0n);
  const [bonds, burned, burnedStake] = await Promise.all([
    readMarket(world, "bonds"),
    readMarket(world, "burned"),
    readContract(world.client, {
      address: deployment.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "burned",
    }),
  ]);
  expect(bonds, "bonds of disputes that are over").to.equal(0n);
  expect(burned + burnedStake, "burned").to.equal(owed.burned);
  expect(await tokenOf(world, deployment.market), "what the market owes").to.equal(
    owes("market") + burned,
  );
  expect(await tokenOf(world, deployment.nodeRegistry), "what the registry owes").to.equal(
    owes("staked") + burnedStake,
  );
  return { paid: formatEther(owed.paid), burned: formatEther(owed.burned) };
}

/** What the ends of all requests mean for each account, by the terms and not by what was paid. */
async function ledgerOf(soaked: Soaked, history: History) {
  const { world, asked } = soaked;
  const { client, deployment, modelId } = world;
  const [parameters, { burnBps }, { bond }] = await Promise.all([
    getParameters(client, { deployment }),
    getCourtParameters(client, { deployment }),
    getModel(client, { deployment, modelId }),
  ]);
  const changes = new Map<Address, bigint>();
  const add = (account: Address, amount: bigint) =>
    changes.set(account, (changes.get(account) ?? 0n) + amount);
  let paid = 0n;
  let burned = 0n;
  for (const { id, request, state } of asked) {
    if (state === State.FINAL) {
      const { node, units, checker } = finalOf(soaked, history, id);
      const payout = payoutOf({ request, units, checker, parameters });
      add(request.client, payout.refund - request.maxFee);
      add(node, payout.inference);
      if (payout.verification > 0n) add(checker, payout.verification);
      paid += payout.inference + payout.verification;
    } else if (state === State.REJECTED) {
      const { challenger } = await getDispute(client, { deployment, id });
      const kept = (bond * (BPS - BigInt(burnBps))) / BPS;
      add(request.node, -bond);
      add(challenger, kept);
      burned += bond - kept;
    }
  }
  return { changes, paid, burned };
}

/** Who delivered what became final, and who checked it. */
function finalOf({ verifiers }: Soaked, { events }: History, id: RequestId) {
  const own = events.get(id) ?? [];
  const delivered = own.find(({ eventName }) => eventName === "ResultDelivered");
  const final = own.find(({ eventName }) => eventName === "RequestFinal");
  if (delivered?.eventName !== "ResultDelivered" || final?.eventName !== "RequestFinal")
    throw new RangeError(`${id} has no result or no end`);
  const { checker } = final.args.payout;
  expect(
    verifiers.some((verifier) => isAddressEqual(verifier, checker)),
    `the checker of ${id} is a verification node`,
  ).to.equal(true);
  return { node: delivered.args.node, units: delivered.args.units, checker };
}

function sumOf({ token, market, staked }: Holding): bigint {
  return token + market + staked;
}

function tokenOf({ client, deployment }: World, account: Address): Promise<bigint> {
  return readContract(client, {
    address: deployment.token,
    abi: erc20Abi,
    functionName: "balanceOf",
    args: [account],
  });
}

function readMarket({ client, deployment }: World, functionName: "bonds" | "burned") {
  return readContract(client, {
    address: deployment.market,
    abi: inferenceMarketAbi,
    functionName,
  });
}
