// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EvidenceSet} from "./Evidence.sol";

/// @notice Where a request stands. FINAL, REJECTED and REFUNDED absorb. The transition table is in docs/protocol.md.
enum State {
    NONE,
    OPEN, // escrowed, nobody liable yet
    ASSIGNED, // a node accepted and locked its bond
    DELIVERED, // a result is on chain, evidence may be missing
    DISPUTED, // frozen until the verdict
    FINAL, // proved and paid
    REJECTED, // proved wrong: client refunded, node slashed
    REFUNDED // ended without a usable result
}

/// @notice What the market holds for a request.
enum Escrow {
    MAX_FEE, // all that it may cost; what is left returns to the client
    FEE // what its result costs, of a claim that was settled with others
}

/// @notice What the market stores of one request, in one slot. Calls after delivery carry the result.
struct Record {
    State state;
    EvidenceSet evidence; // what is on chain for the delivered result
    uint32 clock; // unix seconds: start of the challenge window; lasts until 2106
    Escrow escrow;
    bytes25 subject; // the assigned node's address, then `subjectOf` the delivered result
}

/// @notice The least that a consumer relies on; `requireFinal` reverts below it.
struct Reliance {
    bytes32 modelId;
    bytes32 inputCommitment;
    EvidenceSet evidence; // kinds that must be present, VANILLA for a claim that stood its window
    uint128 declaredValue; // token units
}

/// @notice How a dispute ended. It judges the node's claim (output and units) alone.
enum Verdict {
    NONE,
    UPHELD,
    REJECTED,
    UNDECIDED // the jury kept silent: nobody wins, the client is refunded
}
