// SPDX-License-Identifier: MIT
import type { Context, Hono } from "hono";
import { hexToBytes } from "viem";

import { readNodeInput } from "../../client/node/types.ts";
import { toCanonicalJson } from "../../protocol/json.ts";
import type { ContentKind } from "../content.ts";
import type { Shared } from "../shared.ts";
import { answer, readBody } from "./app.ts";
import { ModelNotServedError } from "./errors.ts";

/** What is served by its name as it was stored, and under which path. */
const SERVED: readonly ContentKind[] = ["inputs", "outputs", "results", "evidence"];

/** The content of an inference node: inputs come in, and everything that others re-check goes out. */
export function addContent(app: Hono, shared: Shared): void {
  const { models, store, wake } = shared;

  const putInput = async (context: Context) => {
    const { modelId, input } = await readBody(context, readNodeInput);
    const known = models.get(modelId);
    if (known === undefined) throw new ModelNotServedError(modelId);
    const commitment = known.served.commitInput(hexToBytes(input));
    if (!store.has("inputs", commitment)) {
      await store.put("inputs", commitment, toCanonicalJson({ modelId, input }));
      wake();
    }
    return answer(context, { commitment });
  };
  app.put("/inputs", putInput);
  app.post("/inputs", putInput);

  for (const kind of SERVED) {
    app.get(`/${kind}/:name`, async (context) => {
      const name = context.req.param("name");
      const text = await store.get(kind, name as `0x${string}`);
      return context.body(text, 200, { "content-type": "application/json" });
    });
  }
}
