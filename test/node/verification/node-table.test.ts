// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { type Address, getAddress, keccak256, toHex } from "viem";

import type { ChainEvent } from "../../../src/node/events.ts";
import { NodeTable } from "../../../src/node/verification/node-table.ts";
import { Role } from "../../../src/protocol/node.ts";

const addressOf = (index: number): Address =>
  getAddress(`0x${keccak256(toHex(`node ${index}`)).slice(26)}`);
const wordOf = (text: string) => keccak256(toHex(text));

function tableOf(count: number): NodeTable {
  const table = new NodeTable();
  for (let index = 0; index < count; index++) table.apply(registered(addressOf(index)));
  return table;
}

function registered(node: Address): ChainEvent {
  const args = { node, role: Role.VERIFICATION };
  return { eventName: "NodeRegistered", args } as unknown as ChainEvent;
}

function retired(node: Address): ChainEvent {
  return { eventName: "NodeRetired", args: { node } } as unknown as ChainEvent;
}

describe("NodeTable", () => {
  it("default: exactly `count` nodes check each result, whatever their number", () => {
    for (const nodes of [3, 5, 40]) {
      const table = tableOf(nodes);
      for (let request = 0; request < 50; request++) {
        const drawn = Array.from({ length: nodes }, (_, index) =>
          table.isDrawn(wordOf(`request ${request}`), wordOf("block"), addressOf(index), 3),
        );
        expect(drawn.filter(Boolean), `${nodes} nodes, request ${request}`).to.have.length(3);
      }
    }
  });

  it("behavior: the work of one node falls as their number grows", () => {
    const results = 2_000;
    const shareOf = (nodes: number): number => {
      const table = tableOf(nodes);
      let checked = 0;
      for (let request = 0; request < results; request++) {
        const id = wordOf(`request ${request}`);
        if (table.isDrawn(id, wordOf("block"), addressOf(0), 3)) checked += 1;
      }
      return checked / results;
    };
    expect(shareOf(6), "3 of 6").to.be.closeTo(1 / 2, 0.05);
    expect(shareOf(60), "3 of 60").to.be.closeTo(1 / 20, 0.02);
  });

  it("behavior: another block draws others, so that who delivers cannot know them", () => {
    const table = tableOf(20);
    const drawnBy = (seed: string): string =>
      Array.from({ length: 20 }, (_, index) => addressOf(index))
        .filter((node) => table.isDrawn(wordOf("request"), wordOf(seed), node, 3))
        .join();
    const draws = new Set(["a", "b", "c", "d", "e"].map(drawnBy));
    expect(draws.size, "different draws").to.be.greaterThan(3);
  });

  it("behavior: all nodes check where there are no more than `count`, and a retired one is replaced", () => {
    const table = tableOf(4);
    const draw = (): number[] =>
      [0, 1, 2, 3].filter((index) =>
        table.isDrawn(wordOf("request"), wordOf("block"), addressOf(index), 3),
      );
    const [first = 0] = draw();
    table.apply(retired(addressOf(first)));
    const left = [0, 1, 2, 3].filter((index) => index !== first);
    for (const index of left) expect(draw(), `node ${index}`).to.include(index);
  });

  it("behavior: a node that the chain does not know yet checks everything", () => {
    const isDrawn = tableOf(9).isDrawn(wordOf("request"), wordOf("block"), addressOf(99), 1);
    expect(isDrawn, "drawn").to.equal(true);
  });

  it("behavior: ranks are a permutation, and a reset forgets", () => {
    const table = tableOf(7);
    const ranks = Array.from({ length: 7 }, (_, index) =>
      table.rankOf(wordOf("request"), addressOf(index)),
    );
    expect(ranks.toSorted(), "ranks").to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
    table.reset();
    expect(table.rankOf(wordOf("request"), addressOf(3)), "rank after reset").to.equal(0);
  });
});
