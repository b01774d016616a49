// SPDX-License-Identifier: MIT
import type { Hono } from "hono";

import { toCanonicalJson } from "../../protocol/json.ts";
import { describeError } from "../log.ts";
import { within } from "../metrics/within.ts";

/** What one check found. */
export interface CheckResult {
  ok: boolean;
  /** In words, with the numbers. */
  detail: string;
}

/** Checks by name. One that throws has failed. */
export type ReadyChecks = Readonly<Record<string, () => Promise<CheckResult>>>;

const CHECK_TIMEOUT_MS = 2_000;
/** Anybody may ask, so that the chain is asked at most this often. */
const KEPT_MS = 1_000;

/** `GET /ready`: 200 if work may be sent here, else 503; each check is named. `/health` only says that it is alive. */
export function addReady(app: Hono, checks: ReadyChecks): void {
  let kept: { until: number; results: Promise<Record<string, CheckResult>> } | undefined;
  app.get("/ready", async (context) => {
    if (kept === undefined || Date.now() >= kept.until)
      kept = { until: Date.now() + KEPT_MS, results: runChecks(checks) };
    const results = await kept.results;
    const ready = Object.values(results).every(({ ok }) => ok);
    const body = toCanonicalJson({ ready, checks: results });
    return context.body(body, ready ? 200 : 503, { "content-type": "application/json" });
  });
}

async function runChecks(checks: ReadyChecks): Promise<Record<string, CheckResult>> {
  const results = Object.entries(checks).map(async ([name, check]) => {
    try {
      return [name, await within(name, CHECK_TIMEOUT_MS, check())] as const;
    } catch (error) {
      const { code, reason } = describeError(error);
      return [name, { ok: false, detail: `${reason} [${code}]` }] as const;
    }
  });
  return Object.fromEntries(await Promise.all(results));
}
