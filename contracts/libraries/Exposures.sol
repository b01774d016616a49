// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Exposure} from "../types/Exposure.sol";

/// @title Arithmetic of exposures
library Exposures {
    using SafeCast for uint256;

    /// @notice The exposure as it is in `epoch`.
    function inEpoch(Exposure storage self, uint256 epoch) internal view returns (Exposure memory) {
        (uint256 held, uint256 current, uint256 previous) = self.read(epoch);
        // The casts are exact: so long are the fields. That of the epoch wraps, as the stored number does.
        return Exposure(uint80(held), uint80(current), uint80(previous), uint16(epoch));
    }

    /// @notice What is held and not exposed.
    function free(Exposure storage self, uint256 epoch) internal view returns (uint256) {
        (uint256 held, uint256 current, uint256 previous) = self.read(epoch);
        return Math.saturatingSub(held, current + previous);
    }

    /// @notice Exposes `amount` more, and holds `gain` more.
    function add(Exposure storage self, uint256 epoch, uint256 amount, uint256 gain) internal {
        (uint256 held, uint256 current, uint256 previous) = self.read(epoch);
        self.write((held + gain).toUint80(), (current + amount).toUint80(), previous, epoch);
    }

    /// @notice Takes `amount` that was exposed in the epoch `since` out of it, and out of what is held.
    function lose(Exposure storage self, uint256 epoch, uint256 since, uint256 amount) internal {
        (uint256 held, uint256 current, uint256 previous) = self.read(epoch);
        // No more is lost than was exposed and pledged, else these revert.
        if (since == epoch) current -= amount;
        else previous -= amount;
        self.write(held - amount, current, previous, epoch);
    }
}
