// SPDX-License-Identifier: MIT
export { type ContentLimits, ContentStore } from "./content-store.ts";
export { type Database, type Queryable, type Row } from "./database.ts";
export * from "./errors.ts";
export { type DeadLetter, type JobDepth, type JobQueue, Jobs } from "./jobs.ts";
export { acquireLease, type Lease } from "./leases.ts";
export { type DatabaseLocation, openDatabase } from "./open.ts";
