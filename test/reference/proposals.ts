// SPDX-License-Identifier: MIT
// For each call one that could come next; undefined where nothing is there to do it with.
import { type Address, type Hex, keccak256, numberToHex, zeroAddress } from "viem";

import {
  Evidence,
  hashResults,
  merkleProof,
  NO_EVIDENCE,
  NO_RESULT,
  type Request,
  type Result,
  State,
  Verdict,
} from "../../src/protocol/index.ts";
import type { Chance } from "./chance.ts";
import type { Act, Call } from "./command.ts";
import { commitmentOf } from "./disputes.ts";
import type { Keeper } from "./earnings.ts";
import { digestOf, idOf } from "./ids.ts";
import { voteCommitmentOf } from "./jury.ts";
import type { Entry, Ledger } from "./ledger.ts";
import type { Order } from "./orders.ts";
import type { Scene } from "./scene.ts";
import { windowEndOf } from "./time.ts";

/** What is done, by whom, and the time at which it begins or ends to be possible. */
export type Proposal = Act & { by: Address; near?: number };
export type Proposals = Record<Call, (ledger: Ledger) => Proposal | undefined>;

const OPENED = [State.OPEN, State.ASSIGNED];
const KEEPERS: readonly Keeper[] = ["market", "orders"];

export function createProposals(scene: Scene, chance: Chance): Proposals {
  const { rules, people, signers, modelIds, nodes, clients, everybody } = scene;
  const { domain, market } = rules;

  /** Mostly what is meant, else anybody. */
  const mostly = (account: Address): Address =>
    chance.happens(0.94) ? account : chance.pick(everybody);
  const amount = (most: number): bigint =>
    chance.happens(0.06) ? chance.pick([0n, 100_000n]) : chance.amount(1, most);
  const account = (meant: Address): Address => (chance.happens(0.03) ? zeroAddress : mostly(meant));
  /** What a call about a delivered request names. */
  const stated = ({ request, result = NO_RESULT }: Entry): Result =>
    chance.happens(0.95) ? result : scene.newResult(request, chance.pick(nodes));
  const nodeFor = ({ request, assigned }: Entry): Address =>
    assigned ?? (request.node === zeroAddress ? chance.pick(nodes) : request.node);
  const endOf = (entry: Entry): number | undefined => {
    const terms = rules.models.get(entry.request.modelId);
    return terms === undefined ? undefined : windowEndOf(rules, entry, terms);
  };
  const near = (time: number | undefined) => (time === undefined ? {} : { near: time });

  const reserve = (ledger: Ledger) => {
    const by = chance.pick(clients);
    const node = chance.pick(nodes);
    const signer = chance.happens(0.03) ? zeroAddress : chance.pick(signers);
    const until = ledger.time + chance.between(chance.happens(0.1) ? -5 : 60, 300);
    return {
      by,
      node: chance.happens(0.03) ? zeroAddress : node,
      amount: amount(90),
      until,
      signer,
    };
  };
  const brought = (entry: Entry, node: Address) => {
    const { request } = entry;
    const result = scene.newResult(request, node);
    const kind = scene.newKind(request);
    return { request, result, kind, evidence: scene.newEvidence(request, result, kind) };
  };
  /** A promise that has money, as its parts. */
  const promiseIn = (ledger: Ledger, keeper: Keeper) => {
    const map = keeper === "market" ? ledger.reserved : ledger.orderReserved;
    const keys = [...map].filter(([, { amount: left }]) => left > 0n).map(([key]) => key);
    if (keys.length === 0) return undefined;
    const [client, node, signer] = chance.pick(keys).split(" ") as [Address, Address, Address];
    const under = signer ?? ledger.reserved.get(`${client} ${node}`)?.signer ?? signer;
    return { client, node, signer: chance.happens(0.96) ? under : chance.pick(signers) };
  };
  const orderFrom = (request: Request, signer: Address): Order => {
    const { outputCommitment, units } = scene.newResult(request, request.node);
    const kind = scene.newKind(request);
    return { request, signer, outputCommitment, units, kind };
  };
  /** Claims can be extracted later. */
  const noted = (order: Order, by: Address): Order => {
    const { request, outputCommitment, units } = order;
    const result = { outputCommitment, units, node: by };
    scene.claimed.set(digestOf(domain, request, result), { request, result });
    return order;
  };
  const evidenceOf = (order: Order, by: Address) =>
    scene.newEvidence(order.request, { ...order, node: by }, order.kind);
  const disputed = (ledger: Ledger, isJury?: boolean) => {
    const waiting = [...ledger.disputes].filter(
      ([, { verdict, arbiter }]) =>
        verdict === Verdict.NONE &&
        (isJury === undefined || (arbiter === Evidence.VANILLA) === isJury),
    );
    const list = waiting.length > 0 && chance.happens(0.93) ? waiting : [...ledger.disputes];
    if (list.length === 0) return undefined;
    const [id, dispute] = chance.pick(list);
    const entry = ledger.entries.get(id);
    return entry && { dispute, entry, request: entry.request };
  };
  const earner = (ledger: Ledger, pot: "own" | "pool") => {
    const all = KEEPERS.flatMap((keeper) =>
      Array.from(ledger.earned[keeper], ([node, earned]) => ({ keeper, node, left: earned[pot] })),
    );
    const fitting = all.filter(({ left }) => left > 0n);
    return chance.pickOr(chance.happens(0.9) ? fitting : all, {
      keeper: chance.pick(KEEPERS),
      node: chance.pick(nodes),
      left: 0n,
    });
  };
  const stranger = people.stranger;

  return {
    deposit: () => {
      const by = chance.pick(everybody);
      return { call: "deposit", by, account: account(by), amount: amount(80) };
    },
    withdraw: () => {
      const by = chance.pick(everybody);
      return { call: "withdraw", by, to: account(by), amount: amount(60) };
    },
    transfer: () => {
      const [by, to] = [chance.pick(everybody), chance.pick(everybody)];
      return { call: "transfer", by, to: account(to), amount: amount(60) };
    },
    reserve: (ledger) => ({ call: "reserve", ...reserve(ledger) }),
    release: (ledger) => {
      const { client, node } = promiseIn(ledger, "market") ?? {};
      if (client === undefined || node === undefined) return undefined;
      const until = ledger.reserved.get(`${client} ${node}`)?.until ?? 0;
      return { call: "release", by: mostly(client), node, near: until + market.longestOrder };
    },
    open: (ledger) => {
      const isNew = scene.requests.length === 0 || chance.happens(0.95);
      const request = isNew ? scene.newRequest(ledger) : chance.pick(scene.requests);
      return { call: "open", by: mostly(request.client), request };
    },
    cancel: (ledger) => {
      const entry = scene.entryIn(ledger, [State.OPEN]);
      if (entry === undefined) return undefined;
      return { call: "cancel", by: mostly(entry.request.client), request: entry.request };
    },
    accept: (ledger) => {
      const entry = scene.entryIn(ledger, [State.OPEN]);
      if (entry === undefined) return undefined;
      const { request } = entry;
      return { call: "accept", by: mostly(nodeFor(entry)), request, near: lateness(request) };
    },
    fulfil: (ledger) => {
      const entry = scene.entryIn(ledger, OPENED);
      if (entry === undefined) return undefined;
      const node = mostly(nodeFor(entry));
      return {
        call: "fulfil",
        by: mostly(node),
        ...brought(entry, node),
        near: lateness(entry.request),
      };
    },
    fulfilOrder: (ledger) => {
      const promise = promiseIn(ledger, "market");
      if (promise === undefined) return undefined;
      const { client, node, signer } = promise;
      const request = scene.newRequest(ledger, { client, node });
      const order = orderFrom(request, signer);
      const { kind, outputCommitment, units } = order;
      const result = { outputCommitment, units, node };
      const evidence = evidenceOf(order, node);
      return { call: "fulfilOrder", by: mostly(node), request, signer, result, kind, evidence };
    },
    rescue: (ledger) => {
      const entry = scene.entryIn(ledger, [State.ASSIGNED]);
      if (entry === undefined) return undefined;
      const by = nodes.find((node) => node !== entry.assigned) ?? stranger;
      const time = chance.happens(0.7) ? entry.request.deliverBy : entry.request.proveBy;
      return { call: "rescue", by: mostly(by), ...brought(entry, by), near: time };
    },
    prove: (ledger) => {
      const entry = scene.entryIn(ledger, [State.DELIVERED]);
      if (entry === undefined) return undefined;
      const { request, evidence: present } = entry;
      const result = stated(entry);
      const kind = scene.newKind(request, present | 1);
      const evidence = scene.newEvidence(request, result, kind);
      const time = chance.happens(0.3) ? (endOf(entry) ?? request.proveBy) : undefined;
      return { call: "prove", by: stranger, request, result, kind, evidence, ...near(time) };
    },
    finalize: (ledger) => {
      const entry = scene.entryIn(ledger, [State.DELIVERED]);
      if (entry === undefined) return undefined;
      const { request } = entry;
      return {
        call: "finalize",
        by: stranger,
        request,
        result: stated(entry),
        ...near(endOf(entry)),
      };
    },
    refund: (ledger) => {
      const entry = scene.entryIn(ledger, [...OPENED, State.DELIVERED]);
      if (entry === undefined) return undefined;
      const { request, state } = entry;
      const time = state === State.DELIVERED ? request.proveBy : request.deliverBy;
      return { call: "refund", by: stranger, request, result: stated(entry), near: time };
    },
    collect: (ledger) => {
      const { keeper, node } = earner(ledger, "own");
      return { call: "collect", by: stranger, keeper, node };
    },
    payPool: (ledger) => {
      const { keeper, node } = earner(ledger, "pool");
      return { call: "payPool", by: stranger, keeper, node };
    },
    reserveOrders: (ledger) => ({ call: "reserveOrders", ...reserve(ledger) }),
    releaseOrders: (ledger) => {
      const { client, node, signer } = promiseIn(ledger, "orders") ?? {};
      if (client === undefined || node === undefined || signer === undefined) return undefined;
      const until = ledger.orderReserved.get(`${client} ${node} ${signer}`)?.until ?? 0;
      const time = until + market.longestOrder;
      return { call: "releaseOrders", by: mostly(client), node, signer, near: time };
    },
    settleOrder: (ledger) => {
      const promise = promiseIn(ledger, "orders");
      if (promise === undefined) return undefined;
      const { client, node, signer } = promise;
      const isNew = scene.requests.length === 0 || chance.happens(0.93);
      const request = isNew
        ? scene.newRequest(ledger, { client, node })
        : chance.pick(scene.requests);
      const order = orderFrom(request, signer);
      const by = mostly(node);
      return { call: "settleOrder", by, order: noted(order, by), evidence: evidenceOf(order, by) };
    },
    settleOrders: (ledger) => {
      const promise = promiseIn(ledger, "orders");
      if (promise === undefined) return undefined;
      const { node } = promise;
      const by = mostly(node);
      // Results of the last model are never final at once, so it has nothing to bring together.
      const modelId = chance.pick(chance.happens(0.95) ? modelIds.slice(0, -1) : modelIds);
      const { dataNode, dataCommitment } = scene.newRequest(ledger, {
        client: promise.client,
        node,
      });
      const orders: Order[] = [];
      const count = chance.happens(0.03) ? 0 : chance.between(1, 5);
      while (orders.length < count) {
        const { client, signer } = chance.happens(0.5)
          ? promise
          : (promiseIn(ledger, "orders") ?? promise);
        const isAlike = chance.happens(0.95);
        const like = isAlike ? { modelId, dataNode, dataCommitment } : {};
        const lax = chance.happens(0.6) ? { requiredEvidence: NO_EVIDENCE } : {};
        const consumer = chance.happens(0.95) ? { consumer: zeroAddress, callbackGas: 0 } : {};
        const isNew = chance.happens(0.95);
        const request = isNew
          ? scene.newRequest(ledger, { client, node, ...like, ...lax, ...consumer })
          : chance.pick(scene.requests);
        orders.push(noted(orderFrom(request, signer), by));
      }
      const isShared = chance.happens(0.5);
      const evidence = orders.map((order) =>
        isShared && order.kind === Evidence.TEE
          ? ({ form: "empty" } as const)
          : evidenceOf(order, by),
      );
      while (evidence.at(-1)?.form === "empty" && chance.happens(0.7)) evidence.pop();
      if (chance.happens(0.02))
        while (evidence.length <= orders.length) evidence.push({ form: "empty" });
      const unsigned = orders.flatMap((order, index) =>
        order.kind === Evidence.TEE && (evidence[index]?.form ?? "empty") === "empty"
          ? [digestOf(domain, order.request, { ...order, node: by })]
          : [],
      );
      const own = [...rules.enclaves].filter(
        ([, key]) => key.node === by && key.modelId === modelId,
      );
      const [key] = chance.pickOr(own, chance.pick([...rules.enclaves]));
      const digests = chance.happens(0.95) ? unsigned : [...unsigned, keccak256("0x")];
      const shared = unsigned.length > 0 && { key, digest: hashResults(digests) };
      return { call: "settleOrders", by, orders, evidence, ...(shared && { shared }) };
    },
    finalizeClaims: (ledger) => {
      const all = [...ledger.claims];
      if (all.length === 0) return undefined;
      const [key, { clock }] = chance.pick(all);
      const [node, modelId, dataNode, root] = key.split(" ") as [Address, Hex, Address, Hex];
      const named = chance.happens(0.95) ? node : chance.pick(nodes);
      const time = clock + market.challengeWindow;
      return {
        call: "finalizeClaims",
        by: stranger,
        node: named,
        modelId,
        dataNode,
        root,
        near: time,
      };
    },
    extractClaim: (ledger) => {
      const all = [...ledger.claims];
      if (all.length === 0) return undefined;
      const [key, { clock, leaves }] = chance.pick(all);
      const root = key.split(" ")[3] as Hex;
      const leaf = chance.between(0, leaves.length - 1);
      const claim = scene.claimed.get(leaves[leaf] as Hex);
      if (claim === undefined) return undefined;
      const isRight = chance.happens(0.93);
      const proof = isRight ? merkleProof(leaves, leaf) : [keccak256(root)];
      const time = chance.happens(0.3) ? clock + market.challengeWindow : undefined;
      return { call: "extractClaim", by: stranger, ...claim, root, proof, ...near(time) };
    },
    commitChallenge: (ledger) => {
      const known = chance.pickOr(scene.challenges, undefined);
      if (known !== undefined && chance.happens(0.05)) {
        const commitment = commitmentOf(rules, known.by, known.challenge);
        return { call: "commitChallenge", by: known.by, commitment };
      }
      const entry = scene.entryIn(ledger, [State.DELIVERED]);
      if (entry?.result === undefined) return undefined;
      const { request, result } = entry;
      const right = { ...result, ...scene.newResult(request, result.node) };
      const claim =
        right.units === result.units && chance.happens(0.9)
          ? {
              ...right,
              outputCommitment: scene.outputs.find((it) => it !== result.outputCommitment) as Hex,
            }
          : right;
      const salt = numberToHex(chance.between(0, 1_000_000), { size: 32 });
      const node = chance.happens(0.97) ? claim.node : stranger;
      const by = chance.happens(0.95) ? people.doubter : result.node;
      const challenge = { request, result, claim: { ...claim, node }, salt };
      scene.challenges.push({ by, challenge });
      const commitment = commitmentOf(rules, by, challenge);
      return { call: "commitChallenge", by, commitment };
    },
    challenge: (ledger) => {
      const ready = scene.challenges.filter(({ by, challenge }) =>
        ledger.commitments.has(commitmentOf(rules, by, challenge)),
      );
      const known = chance.pickOr(chance.happens(0.95) ? ready : scene.challenges, undefined);
      if (known === undefined) return undefined;
      const { by, challenge } = known;
      const entry = ledger.entries.get(idOf(domain, challenge.request));
      const time = chance.happens(0.2) && entry ? endOf(entry) : undefined;
      return { call: "challenge", by: mostly(by), ...challenge, ...near(time) };
    },
    decide: (ledger) => {
      const found = disputed(ledger, false);
      if (found === undefined) return undefined;
      const { request, entry, dispute } = found;
      const result = stated(entry);
      const isSame = chance.happens(0.4);
      const proved = isSame ? result : scene.newResult(request, result.node);
      const evidence = scene.newEvidence(request, proved, dispute.arbiter);
      const time = chance.happens(0.2) ? dispute.evidenceBy : undefined;
      return { call: "decide", by: stranger, request, result, proved, evidence, ...near(time) };
    },
    drawJury: (ledger) => {
      const found = disputed(ledger, true);
      if (found === undefined) return undefined;
      const time = chance.happens(0.1) ? found.dispute.evidenceBy : undefined;
      return { call: "drawJury", by: stranger, request: found.request, ...near(time) };
    },
    commitVote: (ledger) => {
      const found = disputed(ledger, true);
      if (found === undefined) return undefined;
      const { request, entry, dispute } = found;
      const free = [...dispute.jury].filter(([, vote]) => vote.commitment === undefined);
      const jurors = free.map(([juror]) => juror);
      const by = mostly(chance.pickOr(jurors, people.checkA));
      const { outputCommitment, units } = chance.happens(0.5)
        ? stated(entry)
        : scene.newResult(request, dispute.node);
      const salt = numberToHex(chance.between(0, 1_000_000), { size: 32 });
      const opinion = { request, outputCommitment, units, salt };
      scene.opinions.push({ by, opinion });
      const commitment = voteCommitmentOf(rules, by, opinion);
      const time = chance.happens(0.1) ? dispute.evidenceBy : undefined;
      return { call: "commitVote", by, request, commitment, ...near(time) };
    },
    revealVote: (ledger) => {
      const ready = scene.opinions.filter(({ by, opinion }) => {
        const vote = ledger.disputes.get(idOf(domain, opinion.request))?.jury.get(by);
        return vote?.commitment === voteCommitmentOf(rules, by, opinion) && !vote.revealed;
      });
      const known = chance.pickOr(chance.happens(0.95) ? ready : scene.opinions, undefined);
      if (known === undefined) return undefined;
      const { by, opinion } = known;
      const dispute = ledger.disputes.get(idOf(domain, opinion.request));
      const time = chance.happens(0.9) ? dispute?.evidenceBy : dispute?.revealBy;
      return { call: "revealVote", by: mostly(by), ...opinion, ...near(time) };
    },
    conclude: (ledger) => {
      const found = disputed(ledger);
      if (found === undefined) return undefined;
      const { request, entry, dispute } = found;
      const time = dispute.arbiter === Evidence.VANILLA ? dispute.revealBy : dispute.evidenceBy;
      return { call: "conclude", by: stranger, request, result: stated(entry), near: time };
    },
    optIn: () => ({
      call: "optIn",
      by: chance.pick(nodes),
      modelId: chance.pick(modelIds),
      amount: amount(30),
    }),
    optOut: () => ({
      call: "optOut",
      by: chance.pick(nodes),
      modelId: chance.pick(modelIds),
      amount: amount(70),
    }),
    pause: () => ({ call: "pause", by: mostly(people.owner) }),
    unpause: () => ({ call: "unpause", by: mostly(people.owner) }),
    revokeMeasurement: () => {
      const modelId = chance.pick(modelIds.slice(1));
      return { call: "revokeMeasurement", by: mostly(people.owner), modelId };
    },
    mine: () => ({ call: "mine", by: people.owner, blocks: chance.between(2, 9) }),
  };

  /** Now and then the deadline itself; calls before it are the usual ones. */
  function lateness(request: Request): number {
    return chance.happens(0.08) ? request.deliverBy : 0;
  }
}
