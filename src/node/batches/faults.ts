// SPDX-License-Identifier: MIT
/** Owns what a verification node does about a bad batch: it commits to faults and shows them, and asks for what is withheld. */
import { bytesToHex, encodePacked, keccak256 } from "viem";

import { approveAndDeposit } from "../../client/actions/approveAndDeposit.ts";
import { challengeReceipt } from "../../client/actions/challengeReceipt.ts";
import { commitFault } from "../../client/actions/commitFault.ts";
import { demandReceipt } from "../../client/actions/demandReceipt.ts";
import { extractReceipt } from "../../client/actions/extractReceipt.ts";
import { getBatchParameters } from "../../client/actions/getBatchParameters.ts";
import { getFaultCommitment } from "../../client/actions/getFaultCommitment.ts";
import { getLedgerBalance } from "../../client/actions/getLedgerBalance.ts";
import { lapseReceipts } from "../../client/actions/lapseReceipts.ts";
import { type BatchPlace, Fault, faultName } from "../../protocol/batch.ts";
import { partAt, placeAt } from "../../protocol/batch-judge.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { hexBytes, parseJson, toCanonicalJson } from "../../protocol/json.ts";
import { BatchWithheldError } from "../errors.ts";
import type { Head } from "../follower/index.ts";
import { revertName } from "../races.ts";
import { occasion } from "../registration.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { Finding } from "./audit.ts";
import type { TrackedBatch } from "./batch-book.ts";
import { type FetchedBatch, openingsOf } from "./fetch-batch.ts";

const SALT_BYTES = 32;
const MAX_CHARS = 1_024;

export class Faults {
  readonly #shared: Shared;
  /** In which block each commitment of this node was mined, at the latest. */
  readonly #committedAt = new Map<Hex32, bigint>();

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Commits first, and once that is in an earlier block shows the fault. */
  async advance(
    batch: TrackedBatch,
    fetched: FetchedBatch,
    { position, fault }: Finding,
    head: Head,
  ): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const { id: batchId, header, signers } = batch;
    const name = keccak256(
      encodePacked(["bytes32", "uint40", "uint8"], [batchId, position, fault]),
    );
    const committedAt = this.#committedAt.get(name);
    if (committedAt === undefined) {
      await this.#commit(name, { batchId, position, fault }, head);
      return;
    }
    if (head.number <= committedAt) return;
    // The sums are judged by the receipt before, too.
    const positions = fault === Fault.WRONG_SUM ? [position, position - 1] : [position];
    const leaves = openingsOf(
      fetched,
      positions.filter((each) => each >= 0),
    );
    const salt = await this.#saltOf(name);
    const place = this.#placeIn(fetched, position);
    const { refund, reward } = await sender.send(
      `fault:${name}`,
      (client) =>
        challengeReceipt(client, { deployment, header, place, signers, leaves, fault, salt }),
      ONCE,
    );
    const fields = { batch: batchId, position, fault: faultName(fault) };
    logger.warn({ ...fields, refund: String(refund), reward: String(reward) }, "fault shown");
  }

  /** Takes a wrong claim to the market, where results are disputed. */
  async extract(batch: TrackedBatch, fetched: FetchedBatch, position: number): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const { id, header } = batch;
    const [opening] = openingsOf(fetched, [position]);
    if (opening === undefined) throw new BatchWithheldError(1, header.count);
    const place = this.#placeIn(fetched, position);
    await sender.send(
      `extract:${id}:${position}`,
      (client) => extractReceipt(client, { deployment, header, place, opening }),
      ONCE,
    );
    logger.warn({ batch: id, position }, "wrong claim extracted");
  }

  /** Asks on chain for a receipt that its node does not give. */
  async demand({ id, header }: TrackedBatch, position: number): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    await this.#fund();
    await sender.send(
      `demand:${id}:${position}`,
      (client) => demandReceipt(client, { deployment, header, position }),
      ONCE,
    );
    logger.warn({ batch: id, position }, "receipt demanded");
  }

  /** Voids a run of receipts that nobody showed in time. */
  async lapse(batch: TrackedBatch, fetched: FetchedBatch, first: number, last: number) {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const { id, header, signers } = batch;
    const { parts } = fetched;
    const place = this.#placeIn(fetched, first);
    const around = [first - 1, last + 1].filter(
      (position) => partAt(parts, position) === place.part,
    );
    const neighbours = openingsOf(fetched, around);
    if (neighbours.length < around.length) throw new BatchWithheldError(1, header.count);
    await sender.send(
      `lapse:${id}:${first}:${last}`,
      (client) =>
        lapseReceipts(client, { deployment, header, place, signers, first, last, neighbours }),
      ONCE,
    );
    logger.warn({ batch: id, first, last }, "withheld receipts lapsed");
  }

  #placeIn({ parts }: FetchedBatch, position: number): BatchPlace {
    const place = placeAt(parts, position);
    if (place === undefined) throw new RangeError(`no voucher has the position ${position}`);
    return place;
  }

  /** Deposits the bond of a demand. */
  async #fund(): Promise<void> {
    const { chain, sender } = this.#shared;
    const { client, deployment, address: receiver } = chain;
    const { demandBond } = await getBatchParameters(client, { deployment });
    const balance = await getLedgerBalance(client, { deployment, account: receiver });
    if (balance >= demandBond) return;
    const amount = demandBond - balance;
    await sender.send(await occasion(chain, `demandBond:${amount}`), (payer) =>
      approveAndDeposit(payer, { deployment, receiver, amount }),
    );
  }

  /** The salt is on disk before its hash is on chain, so that a restart can open what was committed. */
  async #commit(name: Hex32, fault: Finding & { batchId: Hex32 }, head: Head): Promise<void> {
    const { chain, sender, store, logger } = this.#shared;
    const { client, deployment, address: challenger } = chain;
    if (!store.has("faults", name)) {
      const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
      await store.putIfAbsent("faults", name, toCanonicalJson(salt));
    }
    const salt = await this.#saltOf(name);
    const named = { deployment, challenger, ...fault, salt };
    const commitment = await getFaultCommitment(client, named);
    try {
      const { receipt } = await sender.send(
        `commitFault:${name}`,
        (committer) => commitFault(committer, { deployment, commitment }),
        ONCE,
      );
      this.#committedAt.set(name, receipt.blockNumber);
    } catch (error) {
      // An earlier process committed it: in this block at the latest.
      if (revertName(error) !== "FaultCommitmentExists") throw error;
      this.#committedAt.set(name, head.number);
    }
    logger.info({ batch: fault.batchId, position: fault.position }, "fault committed");
  }

  async #saltOf(name: Hex32): Promise<Hex32> {
    const text = await this.#shared.store.get("faults", name);
    return parseJson(text, hexBytes(32), { what: "stored salt", limit: MAX_CHARS });
  }
}
