// SPDX-License-Identifier: MIT
// An inference node that lies: it runs like any other, but its runtime names the next digit. Only the demo starts it.
import { Command } from "commander";

import { runModel } from "../../zkml/index.ts";
import { withNodeOptions } from "../commands/node-options.ts";
import { runNode } from "../commands/node.ts";

const DIGITS = 10;

await runNode("inference", withNodeOptions(new Command("liar")).parse(), {
  runtime: (model, input) => {
    const [digit = 0] = runModel(model, input).output;
    return Uint8Array.of((digit + 1) % DIGITS);
  },
});
