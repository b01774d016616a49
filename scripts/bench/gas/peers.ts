// SPDX-License-Identifier: MIT
/** What others use, to compare with: whole transactions unless the note says otherwise. */

export interface Peer {
  name: string;
  gas: number;
  /** `snap`: committed by the project itself; `meas`: its contracts, compiled by solc 0.8.28 and measured under Prague. */
  source: "snap" | "meas";
  note: string;
}

/** A request from its beginning to its end. */
export const REQUESTS: readonly Peer[] = [
  {
    name: "Boundless",
    gas: 218_004,
    source: "snap",
    note: "a market for proofs; of its steps alone: submit 46,054, lock 149,434, fulfil 116,712, in a batch of 32 67,317",
  },
  { name: "UMA OOv3", gas: 257_022, source: "meas", note: "a bonded claim, undisputed" },
  { name: "ERC-8004 validation", gas: 304_107, source: "meas", note: "moves no money" },
  { name: "Infernet, paid", gas: 364_981, source: "meas", note: "" },
  { name: "Infernet, atomic verifier", gas: 462_896, source: "meas", note: "" },
  { name: "ERC-8183 agent job", gas: 540_617, source: "meas", note: "five transactions" },
  { name: "Infernet, optimistic", gas: 544_308, source: "meas", note: "" },
];

/** Of execution alone, and nothing is delivered: not in the chart. */
export const PAYMENT: Peer = {
  name: "x402 batch settlement",
  gas: 19_204,
  source: "snap",
  note: "execution alone, a channel of ten; without result, challenge or slash",
};

export const REFUNDS: readonly Peer[] = [
  { name: "ERC-8183 agent job", gas: 56_576, source: "meas", note: "refund" },
];

export const DISPUTES: readonly Peer[] = [
  { name: "Infernet", gas: 79_040, source: "meas", note: "slash" },
  { name: "Boundless", gas: 101_892, source: "snap", note: "slash" },
  { name: "UMA OOv3", gas: 122_537, source: "meas", note: "dispute" },
];
