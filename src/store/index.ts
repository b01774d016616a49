// SPDX-License-Identifier: MIT
export { ContentStore, type ContentStoreLimits, type ContentStoreParameters } from "./content.ts";
export type { Database, Queryable, Row } from "./database.ts";
export * from "./errors.ts";
export type { DeadLetter, Job, JobFailure, JobHandler, Queue, QueueDepth } from "./job-types.ts";
export { Jobs, type JobsParameters, type OfferOptions, type WorkOptions } from "./jobs.ts";
export { type AcquireParameters, type Lease, Leases } from "./leases.ts";
export { type DatabaseLocation, openDatabase } from "./open.ts";
