// SPDX-License-Identifier: MIT
// What a sequence has brought up so far, and how to think of something like it: requests, results, evidence.
import {
  type Address,
  type Hex,
  keccak256,
  maxUint96,
  numberToHex,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";

import {
  Evidence,
  evidenceIn,
  hasEvidence,
  NO_EVIDENCE,
  PROVING_EVIDENCE,
  type Request,
  type Result,
  type State,
  toEvidenceSet,
} from "../../src/protocol/index.ts";
import { OTHER_OUTPUT, OUTPUT } from "../../scripts/bench/gas/world.ts";
import type { Chance } from "./chance.ts";
import type { Deployment } from "./deploy.ts";
import type { Challenge } from "./disputes.ts";
import type { Piece } from "./evidence.ts";
import { digestOf } from "./ids.ts";
import type { Opinion } from "./jury.ts";
import type { Entry, Ledger } from "./ledger.ts";

const DATA = keccak256(toHex("data"));
/** Below the order of the circuit's field, as an integer model's is. */
const OTHER_INPUT = numberToHex(7, { size: 32 });
const OUTPUTS = [keccak256(OUTPUT), keccak256(OTHER_OUTPUT)] as const;
const REQUIRED = [
  NO_EVIDENCE,
  toEvidenceSet([Evidence.ZKML]),
  toEvidenceSet([Evidence.TEE]),
  PROVING_EVIDENCE,
];

export type Scene = ReturnType<typeof createScene>;

/** Seconds in which results are due. */
const LATE = [1, 4] as const;
const IN_TIME = [6, 90] as const;

export function createScene(deployment: Deployment, chance: Chance) {
  const { rules, people, signers } = deployment;
  const { domain, market, models, enclaves, circuit } = rules;
  const modelIds = [...models.keys()];
  const nodes = [people.nodeA, people.nodeB];
  const clients = [people.ann, people.bob];
  const requests: Request[] = [];
  const claimed = new Map<Hex, { request: Request; result: Result }>();
  const challenges: { by: Address; challenge: Challenge }[] = [];
  const opinions: { by: Address; opinion: Opinion }[] = [];

  /** A new request that is as it should be, now and then all but one field. */
  const newRequest = (ledger: Ledger, wanted: Partial<Request> = {}): Request => {
    const modelId = wanted.modelId ?? chance.pick(modelIds);
    const terms = models.get(modelId);
    const { paths = 0, teeWindow = 0, valueCap = 0n } = terms ?? {};
    const possible = REQUIRED.filter((set) =>
      set === NO_EVIDENCE ? hasEvidence(paths, Evidence.VANILLA) : (set & ~paths) === 0,
    );
    // Now and then so soon that the next command comes before it, at it or after it.
    const [soonest, latest] = chance.happens(0.03) ? LATE : IN_TIME;
    const deliverBy = ledger.time + chance.between(soonest, latest);
    const proveBy = deliverBy + chance.between(1, 60);
    const windows = market.challengeWindow + market.disputeWindow + teeWindow;
    const hasData = chance.happens(0.4);
    const hasConsumer = chance.happens(0.1);
    const request: Request = {
      client: chance.pick(clients),
      node: chance.happens(0.15) ? zeroAddress : chance.pick(nodes),
      modelId,
      inputCommitment: chance.happens(0.97) ? circuit.inputCommitment : OTHER_INPUT,
      dataCommitment: hasData ? DATA : zeroHash,
      dataNode: hasData ? people.data : zeroAddress,
      requiredEvidence: chance.pickOr(possible, NO_EVIDENCE),
      maxFee: chance.amount(0, 90),
      unitPrice: chance.amount(0, 40),
      declaredValue: chance.amount(0, Number(valueCap)),
      deliverBy,
      proveBy,
      refundAfter: proveBy + windows + chance.between(0, 3),
      consumer: hasConsumer ? people.stranger : zeroAddress,
      callbackGas: hasConsumer ? chance.between(0, market.maxCallbackGas) : 0,
      nonce: newNonce(),
      ...wanted,
    };
    const drawn = chance.happens(0.07) ? { ...request, ...fault(request, valueCap) } : request;
    requests.push(drawn);
    return drawn;
  };

  /** Nearly always small; at times about the ends of the window of nonces, or too large. */
  const newNonce = (): bigint =>
    chance.happens(0.85)
      ? chance.amount(0, 12)
      : chance.pick([79n, 80n, 81n, 90n, 160n, 2n ** 40n - 1n, 2n ** 40n]);

  const fault = (request: Request, valueCap: bigint): Partial<Request> =>
    chance.pick<Partial<Request>>([
      { deliverBy: request.deliverBy - 90 },
      { proveBy: request.deliverBy },
      { refundAfter: request.refundAfter - 4 },
      { refundAfter: 2 ** 32 },
      { requiredEvidence: chance.pick([1, 3, 2, 6, 8]) },
      { declaredValue: valueCap + 1n },
      { maxFee: maxUint96 + 1n },
      { dataNode: people.stranger, dataCommitment: DATA },
      { dataNode: people.data, dataCommitment: zeroHash },
      { callbackGas: market.maxCallbackGas + 1 },
      { modelId: DATA },
    ]);

  const newResult = (request: Request, node: Address): Result => {
    const fixed = models.get(request.modelId)?.units ?? 0;
    const isFixed = fixed !== 0 && chance.happens(0.97);
    return {
      outputCommitment: chance.happens(0.85) ? OUTPUTS[0] : OUTPUTS[1],
      units: isFixed ? fixed : chance.between(0, 4),
      node,
    };
  };

  /** Evidence of this kind, nearly always what the node would bring. */
  const newEvidence = (request: Request, result: Result, kind: Evidence): Piece => {
    const isHonest = chance.happens(0.94);
    const other = isHonest ? result : { ...result, units: result.units + 1 };
    const digest = digestOf(domain, request, other);
    if (kind === Evidence.VANILLA) return isHonest ? { form: "empty" } : { form: "proof", digest };
    if (kind === Evidence.ZKML) return { form: "proof", digest };
    const own = [...enclaves].filter(
      ([, key]) => key.node === result.node && key.modelId === request.modelId,
    );
    const [key] = chance.pickOr(chance.happens(0.97) ? own : [], chance.pick([...enclaves]));
    return { form: "signature", key, digest };
  };

  /** A claim, else mostly what the request requires and has not. */
  const newKind = (request: Request, present = NO_EVIDENCE): Evidence => {
    if (chance.happens(0.25)) return Evidence.VANILLA;
    const missing = evidenceIn(request.requiredEvidence & ~present & PROVING_EVIDENCE);
    const paths = evidenceIn(models.get(request.modelId)?.paths ?? 0);
    return chance.happens(0.7) && missing.length > 0
      ? chance.pick(missing)
      : chance.pickOr(chance.happens(0.9) ? paths : [], chance.pick(Object.values(Evidence)));
  };

  /** An entry in one of these states; now and then whatever there is. */
  const entryIn = (ledger: Ledger, states: readonly State[]): Entry | undefined => {
    const all = [...ledger.entries.values()];
    const fitting = all.filter(({ state }) => states.includes(state));
    const list = fitting.length > 0 && chance.happens(0.93) ? fitting : all;
    return list.length === 0 ? undefined : chance.pick(list);
  };

  return {
    rules,
    people,
    signers,
    modelIds,
    nodes,
    clients,
    everybody: Object.values(people),
    requests,
    claimed,
    challenges,
    opinions,
    outputs: OUTPUTS,
    newRequest,
    newResult,
    newEvidence,
    newKind,
    entryIn,
  };
}
