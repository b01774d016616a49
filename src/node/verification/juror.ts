// SPDX-License-Identifier: MIT
/** Owns this node's votes as a juror. A vote is on disk before its hash is on chain, so that a restart can reveal it. */
import { bytesToHex } from "viem";

import { commitVote } from "../../client/actions/commitVote.ts";
import { getVoteCommitment } from "../../client/actions/getVoteCommitment.ts";
import { revealVote } from "../../client/actions/revealVote.ts";
import type { Hex32, RequestId } from "../../protocol/ids.ts";
import { hexBytes, objectOf, parseJson, toCanonicalJson, uint } from "../../protocol/json.ts";
import type { TrackedRequest } from "../request-book.ts";
import { ONCE } from "../sender/index.ts";
import type { Shared } from "../shared.ts";
import type { Opinion } from "./rechecks.ts";

/** A vote as it was committed to. */
interface PreparedVote extends Opinion {
  salt: Hex32;
}

const readVote = objectOf<PreparedVote>({
  outputCommitment: hexBytes(32),
  units: uint(40),
  salt: hexBytes(32),
});
const MAX_CHARS = 4_096;
const SALT_BYTES = 32;

export class Juror {
  readonly #shared: Shared;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  async commit({ id }: TrackedRequest, opinion: Opinion): Promise<void> {
    const { chain, sender, store, logger } = this.#shared;
    const { client, deployment, address: juror } = chain;
    if (!store.has("votes", id)) {
      const salt = bytesToHex(crypto.getRandomValues(new Uint8Array(SALT_BYTES)));
      await store.putIfAbsent("votes", id, toCanonicalJson({ ...opinion, salt }));
    }
    const vote = await this.#read(id);
    const commitment = await getVoteCommitment(client, { deployment, juror, id, ...vote });
    await sender.send(
      `vote:${id}`,
      (voter) => commitVote(voter, { deployment, id, commitment }),
      ONCE,
    );
    logger.info({ request: id }, "vote committed");
  }

  async reveal({ id, request }: TrackedRequest): Promise<void> {
    const { chain, sender, logger } = this.#shared;
    const { deployment } = chain;
    const vote = await this.#read(id);
    await sender.send(
      `reveal:${id}`,
      (voter) => revealVote(voter, { deployment, request, ...vote }),
      ONCE,
    );
    logger.info({ request: id }, "vote revealed");
  }

  async #read(id: RequestId): Promise<PreparedVote> {
    const text = await this.#shared.store.get("votes", id);
    return parseJson(text, readVote, { what: "stored vote", limit: MAX_CHARS });
  }
}
