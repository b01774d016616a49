// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {Record, State} from "../types/State.sol";

/// @title The transition table of docs/protocol.md
/// @notice The only place that changes the state of a request.
library Lifecycle {
    /// @dev Byte `from` holds a bit per state it may become. FINAL, REJECTED and REFUNDED have none: they absorb.
    uint64 private constant TABLE =
        // NONE -> OPEN
        (1 << 1) |
            // OPEN -> ASSIGNED, DELIVERED, FINAL, REFUNDED
            (((1 << 2) | (1 << 3) | (1 << 5) | (1 << 7)) << 8) |
            // ASSIGNED -> DELIVERED, FINAL, REFUNDED
            (((1 << 3) | (1 << 5) | (1 << 7)) << 16) |
            // DELIVERED -> DISPUTED, FINAL, REFUNDED
            (((1 << 4) | (1 << 5) | (1 << 7)) << 24) |
            // DISPUTED -> FINAL, REJECTED, REFUNDED
            (((1 << 5) | (1 << 6) | (1 << 7)) << 32);

    /// @notice Moves a request to `to`; reverts with `TransitionForbidden` if the table does not allow it.
    function advance(Record storage record, State to) internal {
        State from = record.state;
        if (!allows(from, to)) revert IInferenceMarket.TransitionForbidden(from, to);
        record.state = to;
    }

    function allows(State from, State to) internal pure returns (bool) {
        return (TABLE >> (uint256(from) * 8)) & (1 << uint256(to)) != 0;
    }
}
