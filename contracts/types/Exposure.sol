// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice What open batches can cost somebody, in one slot: sums of the current epoch and the one before. An epoch is as long
/// as a batch can be challenged, so that what is older is over and nothing has to be taken back batch by batch.
struct Exposure {
    uint80 held; // token units: what a node pledged, or what a signer earned and has not collected
    uint80 current; // token units
    uint80 previous; // token units
    uint16 epoch; // the current one's number; after 65,536 epochs an old sum may count once more, never less
}

using {read, write} for Exposure global;

/// @notice What it is in `epoch`.
/// @dev At once: the compiler would read and write the slot field by field.
function read(
    Exposure storage self,
    uint256 epoch
) view returns (uint256 held, uint256 current, uint256 previous) {
    uint256 word;
    assembly ("memory-safe") {
        word := sload(self.slot)
    }
    held = uint80(word);
    current = uint80(word >> 80);
    unchecked {
        // The casts wrap, as the stored number does.
        uint16 passed = uint16(epoch) - uint16(word >> 240);
        if (passed == 0) previous = uint80(word >> 160);
        else (current, previous) = (0, passed == 1 ? current : 0);
    }
}

/// @dev None of the amounts has more bits than its field.
function write(Exposure storage self, uint256 held, uint256 current, uint256 previous, uint256 epoch) {
    assembly ("memory-safe") {
        sstore(self.slot, or(or(held, shl(80, current)), or(shl(160, previous), shl(240, epoch))))
    }
}
