// SPDX-License-Identifier: MIT
// An inference node that lies: it runs like any other, but its runtime names the next digit. Only the demo starts it.
import { Command } from "commander";

import { runModel } from "../../zkml/index.ts";
import { runNode, withNodeOptions } from "../commands/node.ts";

const DIGITS = 10;

const options = withNodeOptions(new Command("liar")).parse().opts();
await runNode("inference", options as Parameters<typeof runNode>[1], {
  runtime: (model, input) => {
    const [digit = 0] = runModel(model, input).output;
    return Uint8Array.of((digit + 1) % DIGITS);
  },
});
