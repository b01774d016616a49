// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import type { Deployment } from "../client/deployment.ts";
import type { LogSearchOptions } from "../client/logs.ts";
import type { OrderEvent } from "../client/orders.ts";
import type { Hex32 } from "../protocol/ids.ts";
import type { Receipt } from "../protocol/receipt.ts";
import type { RequestRecord } from "../protocol/state.ts";
import type { AssayDomain } from "../protocol/typed-data.ts";
import type { QuantisedModel } from "../zkml/model.ts";

/** Gets the input that a receipt's request commits to. */
export type FetchInput = (receipt: Pick<Receipt, "request" | "result">) => Promise<Hex>;

/** How the chain's events are searched. */
export type SearchOptions = Pick<LogSearchOptions, "blockRange" | "signal">;

/** What a receipt of any form says about an answer. */
export type AnsweredRequest = Pick<
  Receipt,
  "request" | "requestId" | "result" | "resultSignature" | "output"
>;

/** What checks of an answer and its evidence work on, however it was settled. */
export interface AnswerContext {
  client: Client;
  /** Trusted: given by the caller. */
  deployment: Deployment;
  /** Well-formed, otherwise untrusted. */
  receipt: AnsweredRequest;
  domain: AssayDomain;
  /** EIP-712 digest of the receipt's result, which every kind of evidence covers. */
  resultDigest: Hex32;
  /** Integer models that the caller has. */
  models: readonly QuantisedModel[];
  fetchInput: FetchInput;
  search: SearchOptions;
}

/** What every check of a request's own receipt works on. */
export interface VerificationContext extends AnswerContext {
  receipt: Receipt;
  /** The request's record; of an order without one, what it would be. Asked for once. */
  readRecord: () => Promise<RequestRecord>;
  /** How the order was settled; undefined if the market has a record of it. Asked for once. */
  readOrderEvent: () => Promise<OrderEvent | undefined>;
}
