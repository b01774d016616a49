// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Evidence, EvidenceSet} from "../types/Evidence.sol";

/// @title When evidence makes a result final
/// @notice The table "Evidence decides" of docs/protocol.md, as pure functions.
library Finality {
    /// @notice Whether a result with evidence `present` is final without any window.
    function isImmediate(EvidenceSet present, EvidenceSet required, uint40 teeWindow) internal pure returns (bool) {
        if (!present.includes(required)) return false;

        return present.has(Evidence.ZKML) || (present.has(Evidence.TEE) && teeWindow == 0);
    }

    /// @notice End of the window that started at `clock`, unix seconds; zero while required evidence is missing.
    function windowEnd(
        EvidenceSet present,
        EvidenceSet required,
        uint40 clock,
        uint40 teeWindow,
        uint40 challengeWindow
    ) internal pure returns (uint40) {
        if (!present.includes(required)) return 0;
        if (isImmediate(present, required, teeWindow)) return clock;

        return clock + (present.has(Evidence.TEE) ? teeWindow : challengeWindow);
    }
}
