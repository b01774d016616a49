// SPDX-License-Identifier: MIT
/** The committed files that show the figures: docs/gas.json, the chart docs/gas.svg, and the tables of docs/gas.md. */
import { readFile } from "node:fs/promises";

import type { Figures } from "../types.ts";
import { toChart } from "./chart.ts";
import { DISPUTES, PAYMENT, type Peer, REFUNDS, REQUESTS } from "./peers.ts";

const PAGE = new URL("../../../docs/gas.md", import.meta.url);
/** Requests over which the last table spreads what is done once for many. */
const SPREAD = 100;

/** What a table shows: its name, gas, and what one has to know. */
type Row = readonly [name: string, gas: number, note: string];
/** The same of ours: instead of the gas, the figure that tells it. */
type OurRow = readonly [name: string, figure: string, note: string];

const OUR_REQUESTS: readonly OurRow[] = [
  ["one of 32 orders, TEE", "order.tee.batch32", "one enclave signature for all"],
  ["one of 32 orders, TEE, signed each", "order.tee.batch32.signed", ""],
  [
    "one of 32 orders, Vanilla",
    "order.vanilla.batch32.total",
    "one root of claims; fulfil, finalize after the window",
  ],
  ["one of 32 orders, ZKML", "order.zkml.batch32", "all proofs in one check"],
  ["signed order, TEE", "order.tee", "one transaction"],
  ["signed order, ZKML", "order.zkml", "one transaction"],
  ["signed order, Vanilla", "order.vanilla.total", "fulfil, finalize after the window"],
  ["direct, TEE", "direct.tee.total", "open, fulfil"],
  ["direct, ZKML", "direct.zkml.total", "open, fulfil"],
  ["direct, Vanilla", "direct.vanilla.total", "open, fulfil, finalize after the window"],
];
const OUR_REFUNDS: readonly OurRow[] = [
  ["never served, TEE", "refund", "after `deliverBy`, by anybody"],
  ["never served, Vanilla", "refund.vanilla", "after `deliverBy`, by anybody"],
  ["cancelled", "cancel", "by the client, before a node accepts"],
];
const OUR_DISPUTES: readonly OurRow[] = [
  ["challenge committed", "challenge.tee.commit", "so that nobody copies it"],
  ["challenge opened", "challenge.tee.open", "with its bond"],
  ["decided by a signature", "challenge.tee.decide", "verified, and the node slashed"],
  ["decided by a proof", "challenge.zkml.decide", "verified, and the node slashed"],
  [
    "receipt of a batch, challenged",
    "challenge.merkle",
    "one of 1,000: verified, its client whole, and the node slashed",
  ],
  ["challenge of a receipt committed", "challenge.merkle.commit", "a block before"],
  [
    "the same of a batch that was final",
    "challenge.merkle.signed",
    "five countersigners are slashed as well",
  ],
  ["each countersigner more", "challenge.perSigner", "of these"],
  ["all three, TEE", "challenge.tee.total", ""],
  ["all three, ZKML", "challenge.zkml.total", ""],
];
const VARIANTS: readonly OurRow[] = [
  ["as above", "direct.tee.total", ""],
  ["with a data node", "direct.tee.data", "which is checked, and paid its share"],
  ["not all of `maxFee` used", "direct.tee.unspent", "the rest returns to the client's balance"],
  ["names no node", "direct.tee.accepted", "one accepts it first: its bond is locked and returned"],
];
/** Once for many requests: of whom. */
const SHARED: readonly OurRow[] = [
  ["deposit", "deposit", "of a client"],
  ["reserve", "reserve", "of a client, as orders to one node"],
  ["collect", "collect", "of a node"],
  ["payPool", "payPool", "of a node"],
  [
    "withdraw, the whole balance",
    "withdraw",
    "of an account that is paid; the next payment to it is dearer",
  ],
  ["withdraw, a part", "withdraw.part", "of an account that is paid"],
];

/** What each file should hold, by its path from the root. */
export async function toFiles(figures: Figures): Promise<Record<string, string>> {
  const gasOf = (figure: string): number => {
    const gas = figures[figure];
    if (typeof gas !== "number") throw new RangeError(`no flow measures ${figure}`);
    return gas;
  };
  const ours = (rows: readonly OurRow[], prefix = ""): Row[] =>
    rows.map(([name, figure, note]) => [`${prefix}${name}`, gasOf(figure), note]);
  const compared = (rows: readonly OurRow[], peers: readonly Peer[]): string =>
    toTable(
      ["", "gas", ""],
      [...ours(rows, "**Assay**, "), ...peers.map(toRow)].sort(byGas).map(toCells),
    );

  const whole = gasOf("direct.tee.total");
  const tables = {
    requests: compared(OUR_REQUESTS, [...REQUESTS, PAYMENT]),
    refunds: compared(OUR_REFUNDS, REFUNDS),
    disputes: compared(OUR_DISPUTES, DISPUTES),
    variants: toTable(
      ["direct, TEE", "gas", "more", ""],
      ours(VARIANTS).map(([name, gas, note]) => [
        name,
        count(gas),
        gas === whole ? "" : `+${count(gas - whole)}`,
        note,
      ]),
    ),
    shared: toTable(
      ["transaction", "gas", `each of ${SPREAD}`, "requests"],
      ours(SHARED).map(([name, gas, note]) => [name, count(gas), count(gas / SPREAD), note]),
    ),
  };
  const bars = [
    ...ours(OUR_REQUESTS, "Assay: ").map(([label, gas]) => ({ label, gas, isOurs: true })),
    ...REQUESTS.map(({ name, gas }) => ({ label: name, gas, isOurs: false })),
  ].sort((a, b) => a.gas - b.gas);
  let page = await readFile(PAGE, "utf8");
  for (const [name, table] of Object.entries(tables)) page = withTable(page, name, table);
  return {
    "docs/gas.json": `${JSON.stringify(figures, null, 2)}\n`,
    "docs/gas.svg": toChart("Gas of a whole request", bars),
    "docs/gas.md": page,
  };
}

const toRow = ({ name, gas, source, note }: Peer): Row => [`${name} [${source}]`, gas, note];
const byGas = ([, a]: Row, [, b]: Row): number => a - b;
const toCells = ([name, gas, note]: Row): string[] => [name, count(gas), note];
const count = (gas: number): string => Math.round(gas).toLocaleString("en");

/** The first column is of words, as is the last; the others are of numbers. */
function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => (i === 0 || i === head.length - 1 ? "---" : "--:"));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Replaces what stands between the two comments with this name. */
function withTable(page: string, name: string, table: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 || end < start) throw new RangeError(`docs/gas.md has no place for ${name}`);
  return `${page.slice(0, start + open.length)}\n\n${table}\n\n${page.slice(end)}`;
}
