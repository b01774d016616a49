// SPDX-License-Identifier: MIT
import {
  type Abi,
  type ContractEventName,
  isAddressEqual,
  type Log,
  parseEventLogs,
  type ParseEventLogsReturnType,
} from "viem";

import { batchSettlerAbi } from "../abi/batchSettler.ts";
import { disputeCourtAbi } from "../abi/disputeCourt.ts";
import { enclaveRegistryAbi } from "../abi/enclaveRegistry.ts";
import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import { nodeRegistryAbi } from "../abi/nodeRegistry.ts";
import { orderSettlerAbi } from "../abi/orderSettler.ts";
import type { Deployment } from "../client/deployment.ts";

type EventOf<abi extends Abi> = ParseEventLogsReturnType<
  abi,
  ContractEventName<abi>[],
  true
>[number];

/** Everything that the contracts a node follows can emit. */
export type ChainEvent =
  | EventOf<typeof inferenceMarketAbi>
  | EventOf<typeof disputeCourtAbi>
  | EventOf<typeof enclaveRegistryAbi>
  | EventOf<typeof nodeRegistryAbi>
  | EventOf<typeof orderSettlerAbi>
  | EventOf<typeof batchSettlerAbi>;

/** The contracts whose events a node follows. */
export const FOLLOWED = [
  "market",
  "disputeCourt",
  "enclaveRegistry",
  "nodeRegistry",
  "orderSettler",
  "batchSettler",
] as const;

/** A picture of the chain that is made from events alone, so that it can always be made again. */
export interface ChainView {
  /** Forgets everything: the chain's events follow from the first. */
  reset(): void;
  apply(event: ChainEvent): void;
}

/** Decodes logs of the deployment's contracts, in the order of the chain. */
export function decodeEvents(logs: readonly Log[], deployment: Deployment): ChainEvent[] {
  const logsOf = (contract: (typeof FOLLOWED)[number]) =>
    logs.filter((log) => isAddressEqual(log.address, deployment[contract]));
  const events: ChainEvent[] = [
    ...parseEventLogs({ abi: inferenceMarketAbi, logs: logsOf("market") }),
    ...parseEventLogs({ abi: disputeCourtAbi, logs: logsOf("disputeCourt") }),
    ...parseEventLogs({ abi: enclaveRegistryAbi, logs: logsOf("enclaveRegistry") }),
    ...parseEventLogs({ abi: nodeRegistryAbi, logs: logsOf("nodeRegistry") }),
    ...parseEventLogs({ abi: orderSettlerAbi, logs: logsOf("orderSettler") }),
    ...parseEventLogs({ abi: batchSettlerAbi, logs: logsOf("batchSettler") }),
  ];
  return events.sort(
    (a, b) => Number(a.blockNumber - b.blockNumber) || Number(a.logIndex - b.logIndex),
  );
}
