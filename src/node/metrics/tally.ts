// SPDX-License-Identifier: MIT
/** Owns the sums over the chain's events about this node: a fold that can be made again, so that a restart loses nothing. */
import { type Address, isAddressEqual } from "viem";

import type { Path } from "../../protocol/evidence.ts";
import type { RequestId } from "../../protocol/ids.ts";
import { Verdict } from "../../protocol/state.ts";
import type { ChainEvent, ChainView } from "../events.ts";
import type { ChallengeTally, RequestOutcome, TallySample } from "./sources.ts";
import { slowestPath } from "./timings.ts";

interface OpenRequest {
  path: Path;
  /** Named, assigned or delivered; zero while it is open to all. */
  node: Address;
}

type Sums = Omit<TallySample, "decimals">;
type Direction = keyof Sums["challenges"];

const noOutcomes = () => ({ delivered: 0, final: 0, rejected: 0, refunded: 0 });
const noChallenges = () => ({ opened: 0, won: 0, lost: 0, undecided: 0, open: 0 });
const noSums = (): Sums => ({
  requests: { vanilla: noOutcomes(), zkml: noOutcomes(), tee: noOutcomes() },
  earned: { inference: 0n, verification: 0n },
  slashed: 0n,
  challenges: { made: noChallenges(), received: noChallenges() },
});

export class Tally implements ChainView {
  readonly #address: Address;
  readonly #open = new Map<RequestId, OpenRequest>();
  /** On which sides of a challenge without a verdict this node is; of its own, on both. */
  readonly #disputes = new Map<RequestId, Direction[]>();
  #sums = noSums();

  constructor(address: Address) {
    this.#address = address;
  }

  sample(decimals: number): TallySample {
    return { ...this.#sums, decimals };
  }

  reset(): void {
    this.#open.clear();
    this.#disputes.clear();
    this.#sums = noSums();
  }

  apply(event: ChainEvent): void {
    switch (event.eventName) {
      case "RequestOpened": {
        const { id, request } = event.args;
        this.#open.set(id, { path: slowestPath(request.requiredEvidence), node: request.node });
        break;
      }
      case "RequestAccepted":
        this.#serve(event.args.id, event.args.node);
        break;
      case "ResultDelivered":
        this.#serve(event.args.id, event.args.node);
        this.#count(event.args.id, "delivered");
        break;
      case "RequestFinal": {
        const { id, node, payout } = event.args;
        // A rescue may have changed who served.
        this.#serve(id, node);
        if (this.#isOwn(node)) this.#sums.earned.inference += payout.inference;
        this.#end(id, "final");
        break;
      }
      case "PoolPaid": {
        const { checker, amount } = event.args;
        if (this.#isOwn(checker)) this.#sums.earned.verification += amount;
        break;
      }
      case "RequestRejected":
        this.#end(event.args.id, "rejected");
        break;
      case "RequestRefunded":
        this.#end(event.args.id, "refunded");
        break;
      case "NodeSlashed":
        if (this.#isOwn(event.args.node)) this.#sums.slashed += event.args.amount;
        break;
      case "ChallengeOpened":
        this.#challenge(event.args.id, event.args.challenger);
        break;
      case "ChallengeResolved":
        this.#resolve(event.args.id, event.args.verdict);
        break;
      default:
        break;
    }
  }

  #isOwn(address: Address): boolean {
    return isAddressEqual(address, this.#address);
  }

  #serve(id: RequestId, node: Address): void {
    const open = this.#open.get(id);
    if (open !== undefined) open.node = node;
  }

  #count(id: RequestId, outcome: RequestOutcome): void {
    const open = this.#open.get(id);
    if (open !== undefined && this.#isOwn(open.node)) this.#sums.requests[open.path][outcome] += 1;
  }

  #end(id: RequestId, outcome: RequestOutcome): void {
    this.#count(id, outcome);
    this.#open.delete(id);
  }

  #challenge(id: RequestId, challenger: Address): void {
    const server = this.#open.get(id)?.node;
    const directions: Direction[] = [];
    if (this.#isOwn(challenger)) directions.push("made");
    if (server !== undefined && this.#isOwn(server)) directions.push("received");
    if (directions.length === 0) return;
    this.#disputes.set(id, directions);
    for (const direction of directions) {
      this.#sums.challenges[direction].opened += 1;
      this.#sums.challenges[direction].open += 1;
    }
  }

  /** The verdict judges the claim: what is upheld is lost by the challenger. */
  #resolve(id: RequestId, verdict: number): void {
    for (const direction of this.#disputes.get(id) ?? []) {
      const tally: ChallengeTally = this.#sums.challenges[direction];
      tally.open -= 1;
      if (verdict === Verdict.UNDECIDED) tally.undecided += 1;
      else if ((verdict === Verdict.UPHELD) === (direction === "received")) tally.won += 1;
      else tally.lost += 1;
    }
    this.#disputes.delete(id);
  }
}
