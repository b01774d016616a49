// SPDX-License-Identifier: MIT
/** The schema's history: a released step is never changed, a new one is added at the end. */
export interface Migration {
  name: string;
  statements: readonly string[];
}

export const MIGRATIONS: readonly Migration[] = [
  {
    name: "node",
    statements: [
      // What the node was told, computed or promised, by the name under which others ask for it.
      `CREATE TABLE content (
        kind text NOT NULL,
        name text NOT NULL,
        body text NOT NULL,
        stored_at bigint NOT NULL,
        writer xid8 NOT NULL DEFAULT pg_current_xact_id(),
        PRIMARY KEY (kind, name)
      )`,
      // Transactions commit in another order than they begin: whose rows are new is told by the server's snapshots.
      `CREATE INDEX content_writer ON content (writer)`,
      // The newest blocks that were followed, as many as a reorganisation may replace.
      `CREATE TABLE blocks (
        number bigint PRIMARY KEY,
        hash text NOT NULL,
        parent_hash text NOT NULL,
        timestamp bigint NOT NULL
      )`,
      // The contracts' events in the order of the chain: all that the node knows of it is made from them.
      `CREATE TABLE events (
        block_number bigint NOT NULL,
        log_index integer NOT NULL,
        block_hash text NOT NULL,
        transaction_hash text NOT NULL,
        address text NOT NULL,
        topics jsonb NOT NULL,
        data text NOT NULL,
        request_id text,
        PRIMARY KEY (block_number, log_index)
      )`,
      `CREATE INDEX events_request ON events (request_id)`,
      // One row: how far the chain was followed.
      `CREATE TABLE cursor (
        id boolean PRIMARY KEY DEFAULT true CHECK (id),
        genesis_hash text NOT NULL,
        followed_to bigint NOT NULL,
        final_to bigint NOT NULL
      )`,
      // What the node decided to send, before it is sent; one row for each transaction of an action, ever.
      `CREATE TABLE intents (
        action text PRIMARY KEY,
        sequence bigint GENERATED ALWAYS AS IDENTITY,
        sender text NOT NULL,
        recipient text NOT NULL,
        data text NOT NULL,
        function_name text NOT NULL,
        gas bigint NOT NULL,
        nonce bigint,
        state text NOT NULL CHECK (state IN ('planned', 'signed', 'mined', 'final', 'failed')),
        block_number bigint,
        block_hash text,
        mined_hash text,
        failure text,
        planned_at bigint NOT NULL,
        signed_at bigint
      )`,
      `CREATE INDEX intents_nonce ON intents (sender, nonce)`,
      // Every signed form of an intent, so that a restart sends these bytes and no others.
      `CREATE TABLE transactions (
        hash text PRIMARY KEY,
        action text NOT NULL REFERENCES intents (action) ON DELETE CASCADE,
        sender text NOT NULL,
        nonce bigint NOT NULL,
        raw text NOT NULL,
        max_fee_per_gas bigint NOT NULL,
        max_priority_fee_per_gas bigint NOT NULL,
        signed_at bigint NOT NULL
      )`,
      `CREATE INDEX transactions_action ON transactions (action)`,
      // Who may do what only one process may do.
      `CREATE TABLE leases (
        name text PRIMARY KEY,
        holder text NOT NULL,
        fence bigint NOT NULL,
        expires_at bigint NOT NULL
      )`,
    ],
  },
  {
    name: "batches",
    statements: [
      // How far the node served each channel: the next index, and what its requests so far cost. Amounts pass a bigint.
      `CREATE TABLE channels (
        client text NOT NULL,
        signer text NOT NULL,
        count bigint NOT NULL,
        charge text NOT NULL,
        closing text,
        PRIMARY KEY (client, signer)
      )`,
      // What the node answered and promised to settle. A row in no batch has no root.
      `CREATE TABLE receipts (
        id text PRIMARY KEY,
        client text NOT NULL,
        signer text NOT NULL,
        index bigint NOT NULL,
        body text NOT NULL,
        evidence text,
        root text,
        position integer,
        UNIQUE (client, signer, index)
      )`,
      `CREATE INDEX receipts_root ON receipts (root, position)`,
      // What was posted, or is about to be.
      `CREATE TABLE batches (
        root text PRIMARY KEY,
        body text NOT NULL
      )`,
    ],
  },
];
