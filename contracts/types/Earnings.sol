// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What the requests that a node served brought in and nobody has moved yet. One write settles a request.
struct Earnings {
    uint96 own; // token units, for the node's payout address
    uint96 pool; // token units, the verification shares, for one drawn verification node
    uint32 drawBlock; // whose hash draws it; zero while the pool is empty
    uint32 drawTime; // unix seconds: who had a seat before may be drawn
}

using {write} for Earnings global;

/// @dev At once: the compiler would write the slot field by field.
function write(Earnings storage self, Earnings memory value) {
    uint256 word = uint256(value.own) |
        (uint256(value.pool) << 96) |
        (uint256(value.drawBlock) << 192) |
        (uint256(value.drawTime) << 224);
    assembly ("memory-safe") {
        sstore(self.slot, word)
    }
}
