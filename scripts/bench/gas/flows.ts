// SPDX-License-Identifier: MIT
/** What is measured: the transactions of each flow, in order. */
import { keccak256, toHex, zeroAddress } from "viem";

import {
  Evidence,
  evidenceOf,
  hashRequest,
  NO_EVIDENCE,
  NO_RESULT,
  type Path,
  type Request,
  type Result,
} from "../../../src/protocol/index.ts";
import { COMMITTEE, QUORUM, receiptBatch, receiptFault } from "./batches.ts";
import { type Flow, PRICE, requestOf, type Turn } from "./flow.ts";
import {
  type Answer,
  by,
  DELIVER_WITHIN,
  type GasWorld,
  OTHER_OUTPUT,
  OUTPUT,
  WINDOW,
} from "./world.ts";

/** Each gives a figure for every transaction and, if there are several, their sum. To measure one more, add a line. */
export const FLOWS: Record<string, Flow> = {
  "direct.tee": direct("tee"),
  "direct.zkml": direct("zkml"),
  "direct.vanilla": direct("vanilla"),
  "order.tee": order("tee"),
  "order.zkml": order("zkml"),
  "order.vanilla": order("vanilla"),
  "order.tee.batch32": batch("tee", { isSigned: true }),
  "order.tee.batch32.signed": batch("tee"),
  "order.vanilla.batch32": batch("vanilla"),
  "order.zkml.batch32": batch("zkml"),
  "batch.c10.r256": receiptBatch(10, 256),
  "batch.c10.r1000": receiptBatch(10, 1_000),
  "batch.c64.r1000": receiptBatch(64, 1_000),
  refund: refund("tee"),
  "refund.vanilla": refund("vanilla"),
  cancel,
  "challenge.tee": challenge("tee"),
  "challenge.zkml": challenge("zkml"),
  "challenge.merkle": receiptFault(),
  "challenge.merkle.quorum": receiptFault(QUORUM),
  "challenge.merkle.signed": receiptFault(COMMITTEE),
  deposit,
  reserve,
  collect,
  payPool,
  withdraw: withdraw((balance) => balance),
  "withdraw.part": withdraw((balance) => balance / 2n),
};

/** A direct TEE request with one thing more: the sum alone. */
export const VARIANTS: Record<string, Flow> = {
  "direct.tee.accepted": direct("tee", { isAccepted: true, terms: () => ({ node: zeroAddress }) }),
  "direct.tee.data": direct("tee", {
    terms: ({ accounts: { dataNode } }) => ({ dataNode, dataCommitment: DATA }),
  }),
  "direct.tee.unspent": direct("tee", { terms: () => ({ maxFee: 3n * PRICE }) }),
};

const DATA = keccak256(toHex("data"));
const SALT = keccak256(toHex("salt"));
/** Blocks from the first share in a pool to the one whose hash draws who gets it. */
const DRAW_DELAY = 4;

/* REQUESTS */

interface DirectOptions {
  isAccepted?: boolean;
  terms?: (world: GasWorld) => Partial<Request>;
}

function direct(path: Path, { isAccepted = false, terms }: DirectOptions = {}): Flow {
  return async (turn) => {
    const { world, step } = turn;
    const { market } = world.contracts;
    const { client, node } = world.accounts;
    const [request, result] = [requestOf(turn, path, terms?.(world)), world.resultBy(node)];
    const evidence = await world.evidenceFor(evidenceOf(path), request, result);
    const fulfilment = [request, result, evidenceOf(path), evidence] as const;

    await step("open", () => market.write.openRequest([request], by(client)));
    if (isAccepted) await step("accept", () => market.write.accept([request], by(node)));
    await step("fulfil", () => market.write.fulfil(fulfilment, by(node)));
    if (path === "vanilla") await finalize(turn, request, result);
  };
}

function order(path: Path): Flow {
  return async (turn) => {
    const { world, step } = turn;
    const { orders } = world.contracts;
    const { node } = world.accounts;
    const [request, result] = [requestOf(turn, path), world.resultBy(node)];
    const order = await world.orderFor(evidenceOf(path), request, result);

    await step("fulfil", () => orders.write.fulfilOrder(order, by(node)));
    if (path === "vanilla") await finalizeClaims(turn, [{ request, result }]);
  };
}

/** Of as many clients, one each. A figure is one order's part. */
function batch(path: Path, { isSigned = false } = {}): Flow {
  return async (turn) => {
    const { world, step } = turn;
    const { node } = world.accounts;
    const result = world.resultBy(node);
    const brought = await Promise.all(
      world.signers.map((signer) => {
        const request = requestOf(turn, path, { client: signer.address });
        return world.orderFor(evidenceOf(path), request, result, signer);
      }),
    );
    const answers = brought.map(([{ request }]) => ({ request, result }));
    const fulfilment = [
      brought.map(([order]) => order),
      isSigned || path === "vanilla" ? [] : brought.map(([, evidence]) => evidence),
      isSigned ? await world.signResults(answers) : "0x",
    ] as const;

    await step("fulfil", () => world.contracts.orders.write.fulfilOrders(fulfilment, by(node)));
    const [refused] = await world.contracts.orders.getEvents.OrderRefused();
    if (refused !== undefined) throw new Error(`an order was refused: ${refused.args.reason}`);
    if (path === "vanilla") await finalizeClaims(turn, answers);
  };
}

async function finalizeClaims({ world, step }: Turn, claims: readonly Answer[]): Promise<void> {
  world.pass(WINDOW);
  const { node } = world.accounts;
  const { modelId, dataNode } = (claims[0] as Answer).request;
  const header = [node, modelId, dataNode, world.rootOf(claims)] as const;
  await step("finalize", () => world.contracts.orders.write.finalizeClaims(header, by(node)));
}

async function finalize(
  { world, step }: Turn,
  ...delivered: readonly [Request, Result]
): Promise<void> {
  world.pass(WINDOW);
  const { node } = world.accounts;
  await step("finalize", () => world.contracts.market.write.finalize(delivered, by(node)));
}

async function open(turn: Turn, path: Path): Promise<Request> {
  const { contracts, accounts, send } = turn.world;
  const request = requestOf(turn, path);
  await send(() => contracts.market.write.openRequest([request], by(accounts.client)));
  return request;
}

/** That nobody served. */
function refund(path: Path): Flow {
  return async (turn) => {
    const request = await open(turn, path);
    turn.world.pass(DELIVER_WITHIN);
    await turn.step("refund", () => turn.world.contracts.market.write.refund([request, NO_RESULT]));
  };
}

async function cancel(turn: Turn): Promise<void> {
  const { contracts, accounts } = turn.world;
  const request = await open(turn, "tee");
  await turn.step("cancel", () => contracts.market.write.cancel([request], by(accounts.client)));
}

/* DISPUTES */

/** The node claimed the wrong output: evidence of the right one slashes it. */
function challenge(path: "zkml" | "tee"): Flow {
  return async (turn) => {
    const { world, step } = turn;
    const { market, court } = world.contracts;
    const { client, node, challenger } = world.accounts;
    const request = requestOf(turn, path, { requiredEvidence: NO_EVIDENCE });
    const [wrong, right] = [world.resultBy(node, OTHER_OUTPUT), world.resultBy(node, OUTPUT)];
    const claim = [request, wrong, Evidence.VANILLA, "0x"] as const;
    await world.send(() => market.write.openRequest([request], by(client)));
    await world.send(() => market.write.fulfil(claim, by(node)));
    const id = hashRequest(world.domain, request);
    const commitment = await court.read.challengeCommitment([challenger, id, right, SALT]);
    const evidence = await world.evidenceFor(evidenceOf(path), request, right);

    await step("commit", () => court.write.commitChallenge([commitment], by(challenger)));
    await step("open", () => court.write.challenge([request, wrong, right, SALT], by(challenger)));
    await step("decide", () =>
      court.write.decide([request, wrong, right, evidence], by(challenger)),
    );
  };
}

/* MONEY: each is done once for many requests */

async function deposit({ world, step }: Turn): Promise<void> {
  const { client } = world.accounts;
  await step("deposit", () => world.contracts.market.write.deposit([client, PRICE], by(client)));
}

/** Adds to a reservation. */
async function reserve({ world, step }: Turn): Promise<void> {
  const { orders } = world.contracts;
  const { client, node } = world.accounts;
  const signer = world.orderSigner;
  const { until } = await orders.read.reservationOf([client, node, signer]);
  const promise = [node, PRICE, until, signer] as const;
  await step("reserve", () => orders.write.reserve(promise, by(client)));
}

/** A node's earnings, to its balance. */
async function collect(turn: Turn): Promise<void> {
  const { contracts, accounts } = turn.world;
  await serve(turn);
  await turn.step("collect", () => contracts.market.write.collect([accounts.node]));
}

/** A node's pool, to the balance of the verification node drawn. */
async function payPool(turn: Turn): Promise<void> {
  const { contracts, accounts } = turn.world;
  await serve(turn);
  for (let block = 0; block <= DRAW_DELAY; ++block) await turn.world.mine();
  await turn.step("payPool", () => contracts.market.write.payPool([accounts.node]));
}

/** What fills both. */
const serve = (turn: Turn): Promise<void> =>
  direct("tee")({ ...turn, step: (_part, write) => turn.world.send(write) });

/** Of an account's balance: to empty a slot returns gas. */
function withdraw(amountOf: (balance: bigint) => bigint): Flow {
  return async ({ world, step }) => {
    const { market } = world.contracts;
    const { client } = world.accounts;
    await world.send(() => market.write.deposit([client, PRICE], by(client)));
    const amount = amountOf(await market.read.balanceOf([client]));
    await step("withdraw", () => market.write.withdraw([client, amount], by(client)));
  };
}
