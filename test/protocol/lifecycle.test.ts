// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";

import { expect } from "chai";

import {
  callsFrom,
  canMove,
  isTerminal,
  State,
  stateName,
  statusOf,
  TRANSITIONS,
} from "../../src/protocol/index.ts";

const STATES = Object.values(State);

describe("TRANSITIONS", () => {
  it("default: terminal states absorb, all others can be left", () => {
    for (const state of STATES) {
      const calls = callsFrom(state);
      if (isTerminal(state)) expect(calls, stateName(state)).to.deep.equal([]);
      else expect(calls, stateName(state)).to.not.be.empty;
    }
  });

  it("behavior: every state is reached from NONE, and a terminal one from every state", () => {
    const reach = (from: State): Set<State> => {
      const seen = new Set<State>([from]);
      for (const state of seen) {
        for (const next of STATES) if (canMove(state, next)) seen.add(next);
      }
      return seen;
    };
    expect([...reach(State.NONE)].sort(), "from NONE").to.deep.equal([...STATES].sort());
    for (const state of STATES) {
      expect([...reach(state)].some(isTerminal), `end of ${stateName(state)}`).to.equal(true);
    }
  });

  it("behavior: a state and a call name one row", () => {
    const keys = TRANSITIONS.map(({ from, call }) => `${from} ${call}`);
    expect(new Set(keys).size, "distinct rows").to.equal(keys.length);
  });

  it("behavior: nothing returns to NONE, and only DELIVERED moves to itself", () => {
    for (const state of STATES) {
      expect(canMove(state, State.NONE), `${stateName(state)} to NONE`).to.equal(false);
      expect(canMove(state, state), `${stateName(state)} to itself`).to.equal(
        state === State.DELIVERED,
      );
    }
  });

  it("behavior: the table is the one of docs/protocol.md", () => {
    const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
    const [, section = ""] = page.split("## Transitions");
    const documented = new Map<string, Set<string>>();
    for (const [, from = "", call = "", to = ""] of section.matchAll(
      /^\| ([A-Z]+) \| `(\w+)`[^|]*\|.*\| ([^|]+) \|$/gm,
    )) {
      const states = documented.get(`${from} ${call}`) ?? new Set<string>();
      for (const [state] of to.matchAll(/[A-Z]{4,}/g)) states.add(state);
      documented.set(`${from} ${call}`, states);
    }
    const table = new Map(
      TRANSITIONS.map(({ from, call, to }) => [
        `${stateName(from)} ${call}`,
        new Set(to.map((state) => stateName(state) as string)),
      ]),
    );
    expect(table.size, "rows").to.equal(documented.size);
    for (const [key, states] of table) {
      expect([...states].sort(), key).to.deep.equal([...(documented.get(key) ?? [])].sort());
    }
  });
});

describe("statusOf", () => {
  it("default: one status per state", () => {
    const statuses = STATES.map((state) => `${stateName(state)} ${statusOf(state)}`);
    expect(statuses, "statuses").to.deep.equal([
      "NONE NONE",
      "OPEN PENDING",
      "ASSIGNED PENDING",
      "DELIVERED PENDING",
      "DISPUTED PENDING",
      "FINAL FINAL",
      "REJECTED REJECTED",
      "REFUNDED STALE",
    ]);
  });
});
