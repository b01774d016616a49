// SPDX-License-Identifier: MIT
import { getFinalAt } from "../client/actions/getFinalAt.ts";
import { getParameters } from "../client/actions/getParameters.ts";
import { includesEvidence } from "../protocol/evidence.ts";
import { State } from "../protocol/state.ts";
import type { Chain } from "./chain.ts";
import type { TrackedRequest } from "./request-book.ts";
import type { TrackedClaims } from "./settled-orders.ts";

/** Knows when delivered results become final. The chain is asked once per request and set of evidence. */
export class Windows {
  readonly #chain: Chain;
  readonly #ends = new WeakMap<TrackedRequest, { evidence: number; end: number }>();
  /** Seconds, of claims. */
  #challengeWindow: number | undefined;

  constructor(chain: Chain) {
    this.#chain = chain;
  }

  /** The end of the window, unix seconds; zero while none runs; undefined until {@link Windows.read}. */
  endOf(tracked: TrackedRequest): number | undefined {
    if (tracked.state !== State.DELIVERED) return 0;
    if (!includesEvidence(tracked.evidence, tracked.request.requiredEvidence)) return 0;
    if (tracked.order?.claims !== undefined) return this.endOfClaims(tracked.order.claims);
    const known = this.#ends.get(tracked);
    return known?.evidence === tracked.evidence ? known.end : undefined;
  }

  /** The end of the window of claims under one root, unix seconds; undefined until {@link Windows.readOfClaims}. */
  endOfClaims({ clock }: TrackedClaims): number | undefined {
    return this.#challengeWindow === undefined ? undefined : clock + this.#challengeWindow;
  }

  /** Asks the chain. */
  async read(tracked: TrackedRequest): Promise<void> {
    if (tracked.order !== undefined) return this.readOfClaims();
    const { request, evidence } = tracked;
    const { client, deployment } = this.#chain;
    const end = await getFinalAt(client, { deployment, request });
    if (end !== 0) this.#ends.set(tracked, { evidence, end });
  }

  /** Asks the chain, once. */
  async readOfClaims(): Promise<void> {
    const { client, deployment } = this.#chain;
    this.#challengeWindow ??= (await getParameters(client, { deployment })).challengeWindow;
  }
}
