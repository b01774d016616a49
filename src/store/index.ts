// SPDX-License-Identifier: MIT
export type { Database, Queryable, Row } from "./database.ts";
export * from "./errors.ts";
export { type DatabaseLocation, openDatabase } from "./open.ts";
