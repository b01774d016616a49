// SPDX-License-Identifier: MIT
/** Milliseconds since 1970 by the server's clock, the one that all processes of a node share; goes on in a transaction. */
export const SERVER_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";
