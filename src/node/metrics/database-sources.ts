// SPDX-License-Identifier: MIT
import type { Database, Jobs } from "../../store/index.ts";
import { CONTENT_KINDS } from "../content.ts";
import type { MetricSources, QueueSample } from "./sources.ts";

/**
 * What a node's database tells of itself.
 *
 * @example
 * const sources = { ...databaseSources(database), queues: jobSource(jobs) };
 */
export function databaseSources(database: Database): Pick<MetricSources, "content" | "database"> {
  return {
    content: async () => {
      const kinds = await database.query<{ kind: string; entries: bigint; bytes: bigint }>(
        `SELECT kind, count(*) AS entries, sum(octet_length(body))::bigint AS bytes
         FROM content GROUP BY kind`,
      );
      const found = new Map(kinds.map((row) => [row.kind, row]));
      return CONTENT_KINDS.map((kind) => ({
        kind,
        entries: Number(found.get(kind)?.entries ?? 0),
        bytes: Number(found.get(kind)?.bytes ?? 0),
      }));
    },
    database: async () => {
      // The schemas that belong to the node begin with its schema's name: the job queue has one of its own.
      const [row] = await database.query<{ bytes: bigint }>(
        `SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND (n.nspname = $1 OR starts_with(n.nspname, $1 || '_'))`,
        [database.schema],
      );
      return { bytes: Number(row?.bytes ?? 0) };
    },
  };
}

/** The lanes of a job queue; their age is that of the oldest job that waits. */
export function jobSource(jobs: Pick<Jobs, "depth">): () => Promise<QueueSample[]> {
  return async () => {
    const queues = await jobs.depth();
    return queues.map(({ queue: lane, queued: depth, active, dead, oldestSeconds }) => ({
      lane,
      depth,
      active,
      oldestSeconds,
      deadLetters: dead,
    }));
  };
}

/** For `/ready`: whether the database answers. */
export async function pingDatabase(database: Database): Promise<void> {
  await database.query("SELECT 1");
}
