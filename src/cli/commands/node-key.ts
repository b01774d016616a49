// SPDX-License-Identifier: MIT
import type { Command } from "commander";

import { assertNew, type NewKeyOptions, sealNewKey } from "../keys/new-key.ts";
import { writeNewPrivateText } from "../files.ts";
import { createOutput } from "../output.ts";
import { askUnless } from "../wizard/terminal.ts";
import { withJson } from "./common.ts";
import { withNewKeyOptions, withPasswordOption } from "./node-options.ts";

interface KeyOptions extends NewKeyOptions {
  json?: true;
  yes?: true;
  keystore: string;
}

/** `assay node key`: writes an encrypted key, such as a gas payer's. */
export function addNodeKeyCommand(node: Command): void {
  const command = withJson(
    node.command("key").description("Write an encrypted key, such as a gas payer's"),
  );
  withNewKeyOptions(
    withPasswordOption(command.requiredOption("--keystore <file>", "where to write it")),
  ).action(async (options: KeyOptions) => {
    const { keystore } = options;
    const address = await askUnless(
      options.yes ?? options.keyStdin,
      "node key",
      async (terminal) => {
        assertNew(keystore);
        const { address, sealed } = await sealNewKey(options, terminal);
        await writeNewPrivateText(keystore, sealed);
        return address;
      },
    );
    createOutput(options.json === true).result({ address, keystore }, [
      `${keystore} is written: the encrypted key of ${address}.`,
    ]);
  });
}
