// SPDX-License-Identifier: MIT
// The money of a soak: what every account has in the end must be what it had and what the ends of the requests say, and the
// contracts must have what they owe.
import { expect } from "chai";
import { type Address, erc20Abi, formatEther, isAddressEqual } from "viem";
import { getContractEvents, readContract } from "viem/actions";

import { inferenceMarketAbi, nodeRegistryAbi } from "../../../src/abi/index.ts";
import {
  EARNINGS_CONTRACTS,
  getCourtParameters,
  getDispute,
  getEarnings,
  getLedgerBalance,
  getModel,
  getNode,
  getParameters,
  getReservation,
} from "../../../src/client/index.ts";
import { type RequestId, State } from "../../../src/protocol/index.ts";
import { payoutOf } from "../../../src/protocol/fees.ts";
import type { World } from "../world.ts";
import { deliveredIn, type History } from "./history.ts";
import type { Soaked } from "./run.ts";

const BPS = 10_000n;

/** Token units of one account, wherever they are. */
export interface Holding {
  token: bigint;
  /** In the market, or of a settler's balance there: free, reserved and earned. */
  market: bigint;
  /** Likewise: the pools of what it earned for the verification nodes. */
  pool: bigint;
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
    let pool = 0n;
    for (const at of EARNINGS_CONTRACTS) {
      const earned = await getEarnings(reader, { deployment, node: account, at });
      market += earned.own;
      pool += earned.pool;
    }
    for (const node of nodes) {
      const reservation = { deployment, client: account, node, signer: account };
      market += (await getReservation(reader, reservation)).amount;
    }
    const { stake, unbonding } = await getNode(reader, { deployment, node: account });
    const opted = await readContract(reader, {
      address: deployment.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "optedOf",
      args: [account],
    });
    holdings.set(account, { token, market, pool, staked: stake + unbonding + opted });
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
  for (const [account, of] of ends) {
    expect(sumOf(of), `money of ${account}`).to.equal(expected.get(account));
    expect(of.pool, `pool of ${account}`).to.equal(owed.pools.get(account) ?? 0n);
  }

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
    owes("market") + owes("pool") + burned,
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
  const pools = new Map<Address, bigint>();
  let paid = 0n;
  let burned = 0n;
  for (const { id, request, state } of asked) {
    if (state === State.FINAL) {
      const { node, units } = finalOf(history, id);
      const payout = payoutOf({ request, units, parameters });
      add(request.client, payout.refund - request.maxFee);
      add(node, payout.inference);
      pools.set(node, (pools.get(node) ?? 0n) + payout.verification);
      paid += payout.inference + payout.verification;
    } else if (state === State.REJECTED) {
      const { challenger } = await getDispute(client, { deployment, id });
      const kept = (bond * (BPS - BigInt(burnBps))) / BPS;
      add(request.node, -bond);
      add(challenger, kept);
      burned += bond - kept;
    }
  }
  for (const { node, checker, amount } of await readPaidPools(soaked)) {
    pools.set(node, (pools.get(node) ?? 0n) - amount);
    add(checker, amount);
  }
  return { changes, pools, paid, burned };
}

/** Pools that were paid, each to a verification node. */
async function readPaidPools({ world, verifiers }: Soaked) {
  const { market, orderSettler, block } = world.deployment;
  const events = await getContractEvents(world.client, {
    address: [market, orderSettler],
    abi: inferenceMarketAbi,
    eventName: "PoolPaid",
    fromBlock: block,
    strict: true,
  });
  for (const { args } of events)
    expect(
      verifiers.some((verifier) => isAddressEqual(verifier, args.checker)),
      `${args.checker} is a verification node`,
    ).to.equal(true);
  return events.map(({ args }) => args);
}

/** Who delivered what became final. */
function finalOf(history: History, id: RequestId) {
  const delivered = deliveredIn(history, id);
  if (delivered === undefined) throw new RangeError(`${id} has no result`);
  return { node: delivered.node, units: delivered.units };
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
