// SPDX-License-Identifier: MIT
// Requests in the market, along their lives.
import type { Address } from "viem";

import { type Request, State } from "../../src/protocol/index.ts";
import type { Chance } from "./chance.ts";
import type { Habits } from "./habits.ts";
import type { Entry } from "./ledger.ts";
import type { Proposals } from "./proposal.ts";
import type { Scene } from "./scene.ts";

const OPENED = [State.OPEN, State.ASSIGNED];

export function proposeRequests(
  scene: Scene,
  chance: Chance,
  habits: Habits,
): Proposals<"open" | "cancel" | "accept" | "fulfil" | "rescue" | "prove" | "finalize" | "refund"> {
  const { nodes } = scene;
  const { stranger } = scene.people;
  const { mostly, stated, nodeFor, endOf, near } = habits;
  const brought = (entry: Entry, node: Address) => {
    const { request } = entry;
    const result = scene.newResult(request, node);
    const kind = scene.newKind(request);
    return { request, result, kind, evidence: scene.newEvidence(request, result, kind) };
  };
  /** Now and then the deadline itself; calls before it are the usual ones. */
  const lateness = ({ deliverBy }: Request): number => (chance.happens(0.08) ? deliverBy : 0);

  return {
    open: (ledger) => {
      const isNew = scene.requests.length === 0 || chance.happens(0.95);
      const request = isNew ? scene.newRequest(ledger) : chance.pick(scene.requests);
      return { call: "open", by: mostly(request.client), request };
    },
    cancel: (ledger) => {
      const entry = scene.entryIn(ledger, [State.OPEN]);
      if (entry === undefined) return undefined;
      return { call: "cancel", by: mostly(entry.request.client), request: entry.request };
    },
    accept: (ledger) => {
      const entry = scene.entryIn(ledger, [State.OPEN]);
      if (entry === undefined) return undefined;
      const { request } = entry;
      return { call: "accept", by: mostly(nodeFor(entry)), request, near: lateness(request) };
    },
    fulfil: (ledger) => {
      const entry = scene.entryIn(ledger, OPENED);
      if (entry === undefined) return undefined;
      const node = mostly(nodeFor(entry));
      return {
        call: "fulfil",
        by: mostly(node),
        ...brought(entry, node),
        near: lateness(entry.request),
      };
    },
    rescue: (ledger) => {
      const entry = scene.entryIn(ledger, [State.ASSIGNED]);
      if (entry === undefined) return undefined;
      const by = nodes.find((node) => node !== entry.assigned) ?? stranger;
      const time = chance.happens(0.7) ? entry.request.deliverBy : entry.request.proveBy;
      return { call: "rescue", by: mostly(by), ...brought(entry, by), near: time };
    },
    prove: (ledger) => {
      const entry = scene.entryIn(ledger, [State.DELIVERED]);
      if (entry === undefined) return undefined;
      const { request, evidence: present } = entry;
      const result = stated(entry);
      const kind = scene.newKind(request, present | 1);
      const evidence = scene.newEvidence(request, result, kind);
      const time = chance.happens(0.3) ? (endOf(entry) ?? request.proveBy) : undefined;
      return { call: "prove", by: stranger, request, result, kind, evidence, ...near(time) };
    },
    finalize: (ledger) => {
      const entry = scene.entryIn(ledger, [State.DELIVERED]);
      if (entry === undefined) return undefined;
      const { request } = entry;
      return {
        call: "finalize",
        by: stranger,
        request,
        result: stated(entry),
        ...near(endOf(entry)),
      };
    },
    refund: (ledger) => {
      const entry = scene.entryIn(ledger, [...OPENED, State.DELIVERED]);
      if (entry === undefined) return undefined;
      const { request, state } = entry;
      const time = state === State.DELIVERED ? request.proveBy : request.deliverBy;
      return { call: "refund", by: stranger, request, result: stated(entry), near: time };
    },
  };
}
