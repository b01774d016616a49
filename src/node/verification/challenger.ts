// SPDX-License-Identifier: MIT
/**
 * Owns this node's challenges: commits, opens in a later block, and brings the proof that decides. The salt is on disk
 * before its hash is on chain, so that a restart can open what was committed.
 */
import { bytesToHex } from "viem";

import { approveAndDeposit } from "../../client/actions/approveAndDeposit.ts";
import { challenge } from "../../client/actions/challenge.ts";
import { commitChallenge } from "../../client/actions/commitChallenge.ts";
import { decide } from "../../client/actions/decide.ts";
import { getChallengeCommitment } from "../../client/actions/getChallengeCommitment.ts";
import { getCourtParameters } from "../../client/actions/getCourtParameters.ts";
import { getLedgerBalance } from "../../client/actions/getLedgerBalance.ts";
import { type Hex32, type RequestId } from "../../protocol/ids.ts";
import { hexBytes, objectOf, parseJson, toCanonicalJson } from "../../protocol/json.ts";
import { type Result, resultIn } from "../../protocol/request.ts";
import { readResult } from "../../protocol/request-json.ts";
import type { Head } from "../follower/index.ts";
import { revertName } from "../races.ts";
import { occasion } from "../registration.ts";
import type { TrackedRequest } from "../request-book.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { Opinion } from "./rechecks.ts";

/** A challenge as it was committed to. */
interface Prepared {
  claim: Result;
  salt: Hex32;
}

const readPrepared = objectOf<Prepared>({ claim: readResult, salt: hexBytes(32) });
const MAX_CHARS = 4_096;
const SALT_BYTES = 32;

export class Challenger {
  readonly #shared: Shared;
  /** In which block each commitment of this node was mined, at the earliest. */
  readonly #committedAt = new Map<RequestId, bigint>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Deposits what a challenge's bond needs, so that no challenge waits for it. */
  async fund(): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { client, deployment, address: receiver } = chain;
    const { challengeBond } = await getCourtParameters(client, { deployment });
    const balance = await getLedgerBalance(client, { deployment, account: receiver });
    if (balance >= challengeBond) return;
    const amount = challengeBond - balance;
    await sender.send(await occasion(chain, `fund:${amount}`), (payer) =>
      approveAndDeposit(payer, { deployment, receiver, amount }),
    );
    logger.info({ amount: amount.toString() }, "deposited the bond of a challenge");
  }

  /** Commits first, and once that is in an earlier block opens the challenge. */
  async advance(tracked: TrackedRequest, opinion: Opinion, head: Head): Promise<void> {
    const { id, request, node } = tracked;
    const { chain, sender, store, logger } = this.#shared;
    const { deployment } = chain;
    const committedAt = this.#committedAt.get(id);
    if (committedAt === undefined || !store.has("challenges", id)) {
      await this.#commit(id, { ...opinion, node }, head);
      return;
    }
    if (head.number <= committedAt) return;
    await this.fund();
    const { claim, salt } = await this.#read(id);
    const opening = { deployment, request, result: resultIn(tracked), claim, salt };
    const { evidenceBy } = await sender.send(
      `challenge:${id}`,
      (challenger) => challenge(challenger, opening),
      ONCE,
    );
    logger.warn({ request: id, node, evidenceBy }, "challenged");
  }

  /** Proves the right answer in this node's own name: whatever it is, it decides. */
  async decide(tracked: TrackedRequest, opinion: Opinion): Promise<void | "waits"> {
    const { id, request, node: source } = tracked;
    const { chain, proofs, sender, logger } = this.#shared;
    const { deployment, address: node } = chain;
    const result = resultIn(tracked);
    const proved: Result = { ...opinion, node };
    const evidence = await proofs.get({ id, request, result: proved, source });
    if (evidence === undefined) return "waits";
    const { verdict } = await sender.send(
      `decide:${id}`,
      (client) => decide(client, { deployment, request, result, proved, evidence }),
      ONCE,
    );
    logger.info({ request: id, verdict }, "decided");
  }

  async #commit(id: RequestId, claim: Result, head: Head): Promise<void> {
    const { chain, sender, store, logger } = this.#shared;
    const { client, deployment, address: challenger } = chain;
    if (!store.has("challenges", id)) {
      const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
      await store.putIfAbsent("challenges", id, toCanonicalJson({ claim, salt }));
    }
    const prepared = await this.#read(id);
    const commitment = await getChallengeCommitment(client, {
      deployment,
      challenger,
      id,
      ...prepared,
    });
    try {
      const { receipt } = await sender.send(
        `commit:${id}`,
        (committer) => commitChallenge(committer, { deployment, commitment }),
        ONCE,
      );
      this.#committedAt.set(id, receipt.blockNumber);
    } catch (error) {
      // An earlier process committed it: in this block at the latest.
      if (revertName(error) !== "ChallengeCommitmentExists") throw error;
      this.#committedAt.set(id, head.number);
    }
    logger.info({ request: id }, "challenge committed");
  }

  async #read(id: RequestId): Promise<Prepared> {
    const text = await this.#shared.store.get("challenges", id);
    return parseJson(text, readPrepared, { what: "stored challenge", limit: MAX_CHARS });
  }
}
