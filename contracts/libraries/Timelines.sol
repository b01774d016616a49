// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

/// @notice A value and all that it was before. What it is, and since when, is one slot, because most questions are about values
/// that have not changed since the time they ask for.
struct Timeline {
    uint160 value;
    uint40 since; // unix seconds; zero: it was never set
    Checkpoints.Trace160 past;
}

/// @title Values whose past can be asked for
library Timelines {
    using Checkpoints for Checkpoints.Trace160;

    /// @notice Changes the value from this second on.
    function set(Timeline storage self, uint160 value) internal {
        // The cast is exact until the year 36,812.
        uint40 time = uint40(block.timestamp);
        uint40 since = self.since;
        // A value that is changed again in the same second never was.
        if (since != 0 && since != time) self.past.push(since, self.value);
        self.value = value;
        self.since = time;
    }

    /// @notice The value just before `time`, unix seconds, not zero; zero if it was not set.
    function valueBefore(Timeline storage self, uint256 time) internal view returns (uint160) {
        uint256 word;
        assembly ("memory-safe") {
            // At once: the compiler would read the slot field by field.
            word := sload(self.slot)
        }
        // The casts are exact: so long are the fields, and the slot has no others; a time that is not later than `since` is short.
        return word >> 160 < time ? uint160(word) : self.past.upperLookupRecent(uint40(time - 1));
    }
}
