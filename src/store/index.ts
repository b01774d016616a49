// SPDX-License-Identifier: MIT
export { type ContentStoreLimits, ContentStore } from "./content.ts";
export type { Database, Queryable, Row } from "./database.ts";
export * from "./errors.ts";
export type { DeadLetter, Job, JobFailure, Queue, QueueDepth } from "./job-types.ts";
export { Jobs } from "./jobs.ts";
export { type Lease, Leases } from "./leases.ts";
export { type DatabaseLocation, openDatabase } from "./open.ts";
