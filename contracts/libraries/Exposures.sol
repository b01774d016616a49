// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Exposure} from "../types/Exposure.sol";

/// @title Arithmetic of exposures
library Exposures {
    /// @notice The exposure as it is now.
    function rolled(Exposure memory exposure, uint256 epoch) internal pure returns (Exposure memory) {
        // The cast wraps, as the stored number does.
        uint16 current = uint16(epoch);
        if (exposure.epoch == current) return exposure;

        unchecked {
            // Wraps, as the number does.
            exposure.previous = exposure.epoch == current - 1 ? exposure.current : 0;
        }
        exposure.current = 0;
        exposure.epoch = current;
        return exposure;
    }

    /// @notice What open batches can cost; `exposure` is rolled.
    function sum(Exposure memory exposure) internal pure returns (uint256) {
        return uint256(exposure.current) + exposure.previous;
    }

    /// @notice What is held and not exposed.
    function free(Exposure memory exposure) internal pure returns (uint256) {
        uint256 exposed = sum(exposure);
        return exposed < exposure.held ? exposure.held - exposed : 0;
    }

    /// @notice Exposes `amount` more.
    function add(Exposure memory exposure, uint256 amount) internal pure {
        exposure.current = SafeCast.toUint80(exposure.current + amount);
    }

    /// @notice Takes `amount` that was exposed in `epoch` out of it, and out of what is held.
    function lose(Exposure memory exposure, uint256 epoch, uint256 amount) internal pure {
        // The casts are exact: no more is lost than was exposed and pledged, else these revert.
        uint80 lost = SafeCast.toUint80(amount);
        exposure.held -= lost;
        if (uint16(epoch) == exposure.epoch) exposure.current -= lost;
        else exposure.previous -= lost;
    }
}
