// SPDX-License-Identifier: MIT
import type { Path } from "../../protocol/evidence.ts";

/** How a request of the demo must end. */
export type Outcome = "final" | "rejected" | "refunded";

/** One request of the demo. */
export interface DemoCase {
  title: string;
  path: Path;
  /** File of models/digits/samples; its name begins with the digit that is drawn. */
  sample: string;
  /** Who is asked. */
  node: "inference" | "liar" | "absent";
  expected: Outcome;
}

/** Seconds that a node has to deliver: enough for a busy machine, and few for the one that lets them pass. */
export const deliverWithin = ({ node }: DemoCase): number => (node === "absent" ? 12 : 90);

export const DEMO_CASES: readonly DemoCase[] = [
  {
    title: "a bonded claim",
    path: "vanilla",
    sample: "7.png",
    node: "inference",
    expected: "final",
  },
  { title: "a Groth16 proof", path: "zkml", sample: "3.pgm", node: "inference", expected: "final" },
  {
    title: "an enclave's signature",
    path: "tee",
    sample: "5.pgm",
    node: "inference",
    expected: "final",
  },
  { title: "a lie", path: "vanilla", sample: "8.pgm", node: "liar", expected: "rejected" },
  {
    title: "nobody serves it",
    path: "vanilla",
    sample: "1.png",
    node: "absent",
    expected: "refunded",
  },
];
