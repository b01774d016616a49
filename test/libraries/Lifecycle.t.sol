// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceMarket} from "../../contracts/interfaces/IInferenceMarket.sol";
import {Lifecycle} from "../../contracts/libraries/Lifecycle.sol";
import {Record, State} from "../../contracts/types/State.sol";
import {vm} from "../support/Vm.sol";

contract LifecycleTest {
    using Lifecycle for Record;

    Record private _record;

    /// @dev The rows of the table in docs/protocol.md, one character per state from NONE to REFUNDED.
    function row(State from) private pure returns (bytes memory) {
        if (from == State.NONE) return ".O......";
        if (from == State.OPEN) return "..AD.F.R";
        if (from == State.ASSIGNED) return "...D.F.R";
        if (from == State.DELIVERED) return "....CF.R";
        if (from == State.DISPUTED) return ".....FXR";
        return "........"; // FINAL, REJECTED and REFUNDED absorb
    }

    function test_allows_exactlyTheTable() public pure {
        uint256 transitions;
        for (uint8 from = 0; from < 8; ++from) {
            for (uint8 to = 0; to < 8; ++to) {
                bool expected = row(State(from))[to] != ".";
                vm.assertEq(Lifecycle.allows(State(from), State(to)), expected, "as in the table");
                if (expected) ++transitions;
            }
        }
        vm.assertEq(transitions, 14, "transitions in all");
    }

    function test_advance() public {
        for (uint8 from = 0; from < 8; ++from) {
            for (uint8 to = 0; to < 8; ++to) {
                if (row(State(from))[to] == ".") continue;
                _record.state = State(from);
                _record.subject = hex"07";
                _record.advance(State(to));
                vm.assertEq(uint256(_record.state), to, "moved");
                vm.assertEq(_record.subject, hex"07", "the rest stays");
            }
        }
    }

    function test_RevertWhen_advance_isNotInTheTable() public {
        for (uint8 from = 0; from < 8; ++from) {
            for (uint8 to = 0; to < 8; ++to) {
                if (row(State(from))[to] != ".") continue;
                _record.state = State(from);
                vm.expectRevert(
                    abi.encodeWithSelector(IInferenceMarket.TransitionForbidden.selector, State(from), State(to))
                );
                this.advance(State(to));
            }
        }
    }

    function advance(State to) external {
        _record.advance(to);
    }
}
