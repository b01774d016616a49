// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Finality} from "../../contracts/libraries/Finality.sol";
import {Evidence, EvidenceSet} from "../../contracts/types/Evidence.sol";
import {vm} from "../support/Vm.sol";

contract FinalityTest {
    uint40 private constant CLOCK = 1_000;
    uint40 private constant TEE_WINDOW = 30;
    uint40 private constant CHALLENGE_WINDOW = 60;

    /// @dev Every set of evidence against every set of requirements, by the table in docs/protocol.md.
    function test_table() public pure {
        for (uint8 present = 0; present < 8; ++present) {
            for (uint8 required = 0; required < 8; ++required) {
                check(present, required, 0);
                check(present, required, TEE_WINDOW);
            }
        }
    }

    function check(uint8 present, uint8 required, uint40 teeWindow) private pure {
        (bool immediate, uint40 end) = expected(present, required, teeWindow);
        EvidenceSet there = EvidenceSet.wrap(present);
        EvidenceSet needed = EvidenceSet.wrap(required);
        vm.assertEq(Finality.isImmediate(there, needed, teeWindow), immediate, "final at once");
        uint40 windowEnd = Finality.windowEnd(there, needed, CLOCK, teeWindow, CHALLENGE_WINDOW);
        vm.assertEq(windowEnd, end, "end of the window");
    }

    /// @dev 1 is a claim, 2 a proof, 4 a signature.
    function expected(
        uint8 present,
        uint8 required,
        uint40 teeWindow
    ) private pure returns (bool immediate, uint40 end) {
        for (uint8 bit = 1; bit < 8; bit *= 2) {
            if ((required / bit) % 2 == 1 && (present / bit) % 2 == 0) return (false, 0);
        }
        bool proved = present == 2 || present == 3 || present == 6 || present == 7;
        bool signed = present >= 4;
        if (proved) return (true, CLOCK);
        if (signed) return (teeWindow == 0, CLOCK + teeWindow);
        return (false, CLOCK + CHALLENGE_WINDOW);
    }

    /// @dev I6: at each moment exactly one of "before the end" and "from the end on", unless evidence is missing.
    function testFuzz_windowComplement(
        uint8 present,
        uint8 required,
        uint32 clock,
        uint32 teeWindow,
        uint32 challengeWindow
    ) public pure {
        EvidenceSet there = EvidenceSet.wrap(present % 8);
        EvidenceSet needed = EvidenceSet.wrap(required % 8);
        uint40 end = Finality.windowEnd(there, needed, clock, teeWindow, challengeWindow);
        if (!there.includes(needed)) {
            vm.assertEq(end, 0, "no window");
            return;
        }
        vm.assertGe(end, clock, "never before the clock");
        uint256 longer = teeWindow > challengeWindow ? teeWindow : challengeWindow;
        vm.assertLe(end, clock + longer, "never longer than the longer window");
        if (there.has(Evidence.ZKML)) vm.assertEq(end, clock, "a proof opens none");
        bool immediate = Finality.isImmediate(there, needed, teeWindow);
        if (immediate) vm.assertEq(end, clock, "final at once has no window");
    }
}
