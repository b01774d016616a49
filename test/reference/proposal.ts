// SPDX-License-Identifier: MIT
import type { Address } from "viem";

import type { Act, Call } from "./command.ts";
import type { Ledger } from "./ledger.ts";

/** What is done, by whom, and the time at which it begins or ends to be possible. */
export type Proposal = Act & { by: Address; near?: number };

/** For each call one that could come next; undefined where nothing is there to do it with. */
export type Proposals<Some extends Call = Call> = Record<
  Some,
  (ledger: Ledger) => Proposal | undefined
>;
