// SPDX-License-Identifier: MIT
/**
 * Owns what a verification node does about posted batches: if it is drawn it gets all receipts, checks each as the judge would,
 * and signs the batch or acts against it. One look at a batch at a time; what failed is offered again at the next block.
 */
import { isAddressEqual } from "viem";

import { finalizeBatch } from "../../client/actions/finalizeBatch.ts";
import { getBatch } from "../../client/actions/getBatch.ts";
import { getCommittee } from "../../client/actions/getCommittee.ts";
import { getEndpoint } from "../../client/actions/getEndpoint.ts";
import { getParameters } from "../../client/actions/getParameters.ts";
import { signCountersignature } from "../../client/actions/signCountersignature.ts";
import { nodeClient } from "../../client/node/nodeClient.ts";
import { BatchState, type BatchReceipt } from "../../protocol/batch.ts";
import { isRefused, partAt } from "../../protocol/batch-judge.ts";
import { Evidence } from "../../protocol/evidence.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import type { Head } from "../follower/index.ts";
import { fetchInput } from "../jobs/inputs.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import { auditReceipts, auditTerms, type Finding } from "./audit.ts";
import type { TrackedBatch } from "./batch-book.ts";
import { Faults } from "./faults.ts";
import { type FetchedBatch, fetchBatch, missingIn } from "./fetch-batch.ts";
import { isPaid } from "./settlement.ts";

/** A signature is handed in again this often: the node may have forgotten it. */
const REPEAT_MS = 10_000;
/** How often a batch is fetched again that its node gives in part. */
const REFETCH_MS = 3_000;
/** Faults, and demands, of one batch that one node acts on. */
const MAX_ACTS = 64;
/** Batches whose look is remembered. */
const MAX_LOOKS = 1_000;
/** The node itself finalises first: it is paid for it. */
const BEHIND_THE_NODE = 1;
const TIMEOUT_MS = 10_000;

export interface CommitteeParts {
  /** Whether it is this node's turn to do what any could. */
  isOwnTurn: (what: string, id: Hex32, behind?: number) => boolean;
  /** Whether this node looks at the batch although it is not in its committee. */
  isWatcher: (batch: TrackedBatch) => boolean;
}

/** What this node knows about a batch. */
interface Look {
  /** In the committee; undefined if it is not drawn. */
  seat: number | undefined;
  fetched: FetchedBatch;
  findings: readonly Finding[];
  wrongClaims: readonly number[];
  /** Unix milliseconds. */
  at: number;
  handedInAt: number;
}

export class Committee {
  readonly #shared: Shared;
  readonly #parts: CommitteeParts;
  readonly #faults: Faults;
  /** Null for a batch that is none of this node's business. */
  readonly #looks = new Map<Hex32, Look | null>();
  /** Seconds; undefined until it was read. */
  #window: number | undefined;

  constructor(shared: Shared, parts: CommitteeParts) {
    this.#shared = shared;
    this.#parts = parts;
    this.#faults = new Faults(shared);
  }

  async prepare(): Promise<void> {
    const { client, deployment } = this.#shared.chain;
    this.#window = (await getParameters(client, { deployment })).challengeWindow;
  }

  onHead(head: Head): void {
    const window = this.#window;
    if (window === undefined) return;
    for (const batch of this.#shared.batches.open()) {
      const end = batch.header.postedAt + window;
      if (head.timestamp < end) this.#watch(batch, head, end - window / 2);
      else this.#keep(batch, head);
      this.#watchDemands(batch, head);
    }
  }

  /* LOOK */

  #watch(batch: TrackedBatch, head: Head, patienceEnd: number): void {
    const { quick, tasks } = this.#shared;
    const { id, header, gone } = batch;
    const look = this.#looks.get(id);
    if (look === null || head.number <= BigInt(header.drawBlock)) return;
    const missing = look === undefined ? [] : missingIn(look.fetched);
    const isStale = look !== undefined && missing.length > 0 && Date.now() - look.at > REFETCH_MS;
    if (look === undefined || isStale) {
      quick.offer(`look:${id}`, { batch: id }, () => this.#look(batch));
      if (look === undefined) return;
    }
    for (const finding of look.findings.slice(0, MAX_ACTS)) {
      const { position } = finding;
      if (gone.has(position) || !this.#parts.isOwnTurn("fault", id)) continue;
      const act = () => this.#faults.advance(batch, look.fetched, finding, head);
      tasks.offer(`fault:${id}:${position}`, { batch: id }, act);
    }
    for (const position of look.wrongClaims.slice(0, MAX_ACTS)) {
      if (gone.has(position) || !this.#parts.isOwnTurn("extract", id)) continue;
      const act = () => this.#faults.extract(batch, look.fetched, position);
      tasks.offer(`extract:${id}:${position}`, { batch: id }, act);
    }
    if (missing.length > 0) {
      if (head.timestamp < patienceEnd || !this.#parts.isOwnTurn("demand", id)) return;
      for (const position of missing.slice(0, MAX_ACTS)) {
        if (batch.demands.has(position) || gone.has(position)) continue;
        const act = () => this.#faults.demand(batch, position);
        tasks.offer(`demand:${id}:${position}`, { batch: id }, act);
      }
      return;
    }
    const isDue = Date.now() - look.handedInAt > REPEAT_MS;
    if (batch.state === BatchState.POSTED && isSound(look) && isDue)
      quick.offer(`countersign:${id}`, { batch: id }, () => this.#handIn(batch, look));
  }

  async #look(batch: TrackedBatch): Promise<void> {
    const { chain, signal, logger, wake } = this.#shared;
    const { client, deployment, address } = chain;
    const { id, header } = batch;
    const committee = await getCommittee(client, { deployment, header });
    const place = committee.findIndex((member) => isAddressEqual(member, address));
    const seat = place < 0 ? undefined : place;
    if (seat === undefined && !this.#parts.isWatcher(batch)) {
      this.#remember(id, null);
      return;
    }
    const fetched = await fetchBatch(chain, batch, signal);
    const { parts, receipts } = fetched;
    const terms = await auditTerms(this.#shared, header.modelId);
    const findings = await auditReceipts({ chain, header, parts, receipts, terms, signal });
    const wrongClaims = await this.#rerun(batch, fetched, findings);
    const at = Date.now();
    this.#remember(id, { seat, fetched, findings, wrongClaims, at, handedInAt: 0 });
    const missing = missingIn(fetched).length;
    const fields = { batch: id, receipts: header.count, missing };
    if (findings.length + wrongClaims.length + missing === 0) logger.info(fields, "batch is sound");
    else logger.warn({ ...fields, findings, wrongClaims }, "batch is not sound");
    wake();
  }

  #remember(id: Hex32, look: Look | null): void {
    const [oldest] = this.#looks.keys();
    if (this.#looks.size >= MAX_LOOKS && oldest !== undefined) this.#looks.delete(oldest);
    this.#looks.set(id, look);
  }

  /** Runs the claims of models that this node has again; positions of those that are wrong. */
  async #rerun(
    { header }: TrackedBatch,
    { parts, receipts }: FetchedBatch,
    findings: readonly Finding[],
  ): Promise<number[]> {
    const { models } = this.#shared;
    const known = models.get(header.modelId);
    if (known === undefined || !known.served.deterministic) return [];
    const faulty = new Set(findings.map(({ position }) => position));
    const wrong: number[] = [];
    for (const [position, receipt] of receipts.entries()) {
      const part = partAt(parts, position);
      if (receipt?.kind !== Evidence.VANILLA || faulty.has(position)) continue;
      if (part === undefined || isRefused(part)) continue;
      if (!(await this.#isRight(receipt))) wrong.push(position);
    }
    return wrong;
  }

  async #isRight({ request, outputCommitment, units }: BatchReceipt): Promise<boolean> {
    const { models, signal } = this.#shared;
    const known = models.get(request.modelId);
    if (known === undefined) return true;
    const job = { request, source: request.node };
    const input = await fetchInput(this.#shared, known, job, signal);
    const computed = await models.compute(known, input, { request, signal });
    return commitOutput(computed.output) === outputCommitment && computed.units === units;
  }

  async #handIn({ id, header }: TrackedBatch, look: Look): Promise<void> {
    const { chain, logger, signal } = this.#shared;
    const { client, deployment } = chain;
    const { seat } = look;
    if (seat === undefined) return;
    const signature = await signCountersignature(client, { deployment, batchId: id });
    const endpoint = await getEndpoint(client, { deployment, node: header.node });
    const service = nodeClient({ endpoint, timeout: TIMEOUT_MS });
    await service.putCountersignature({ root: header.root, seat, signature, signal });
    look.handedInAt = Date.now();
    logger.info({ batch: id, seat }, "batch countersigned");
  }

  /* ENDS */

  /** Own demands that nobody answered in time become void, runs of one voucher at a time. */
  #watchDemands(batch: TrackedBatch, head: Head): void {
    const { chain, tasks } = this.#shared;
    const look = this.#looks.get(batch.id);
    if (look === undefined || look === null || batch.demands.size === 0) return;
    const isLapsed = (position: number): boolean => {
      const demand = batch.demands.get(position);
      return demand !== undefined && !demand.isRevealed && head.timestamp >= demand.until;
    };
    const { parts } = look.fetched;
    const isSamePart = (a: number, b: number) => partAt(parts, a) === partAt(parts, b);
    for (const [first, { by }] of batch.demands) {
      if (!isAddressEqual(by, chain.address) || !isLapsed(first)) continue;
      if (isLapsed(first - 1) && isSamePart(first - 1, first)) continue;
      let last = first;
      while (isLapsed(last + 1) && isSamePart(first, last + 1)) last += 1;
      const act = () => this.#faults.lapse(batch, look.fetched, first, last);
      tasks.offer(`lapse:${batch.id}:${first}`, { batch: batch.id }, act);
    }
  }

  /** Pays what its node left unpaid. */
  #keep(batch: TrackedBatch, head: Head): void {
    const { id } = batch;
    if (isPaid(batch) || !this.#parts.isOwnTurn("finalizeBatch", id, BEHIND_THE_NODE)) return;
    this.#shared.tasks.offer(`finalizeBatch:${id}`, { batch: id }, () =>
      this.#finalize(batch, head),
    );
  }

  async #finalize({ id, header }: TrackedBatch, head: Head): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { client, deployment } = chain;
    const { demands, heldUntil } = await getBatch(client, { deployment, batchId: id });
    if (demands > 0 || head.timestamp < heldUntil) return;
    await sender.send(
      `finalizeBatch:${id}`,
      (sending) => finalizeBatch(sending, { deployment, header }),
      { ...ONCE, from: "any" },
    );
    logger.info({ batch: id }, "made a batch final");
  }
}

function isSound({ seat, findings, wrongClaims }: Look): boolean {
  return seat !== undefined && findings.length === 0 && wrongClaims.length === 0;
}
