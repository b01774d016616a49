// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Role} from "../contracts/types/Node.sol";
import {NodeRegistryFixture} from "./NodeRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";

contract NodeRegistryDrawTest is NodeRegistryFixture {
    bytes32 private constant SEED = keccak256("seed");
    address[] private nobody;

    function test_drawVerifiers() public {
        enrol(0, 20);
        vm.warp(START + 1);
        address[] memory drawn = draw(SEED, 7, START + 1);

        vm.assertEq(drawn.length, 7, "as many as asked for");
        for (uint256 i = 0; i < drawn.length; ++i) {
            vm.assertTrue(registry.isActive(drawn[i], Role.VERIFICATION), "a verification node");
            for (uint256 j = 0; j < i; ++j) vm.assertNotEq(drawn[i], drawn[j], "drawn once");
        }
    }

    /// @dev The picks are part of the protocol: an off-chain reader must get the same nodes.
    function test_drawVerifiers_picksByTheSeed() public {
        enrol(0, 20);
        vm.warp(START + 1);
        address[] memory drawn = draw(SEED, 1, START + 1);
        vm.assertEq(
            drawn[0],
            verifier(uint256(keccak256(abi.encode(SEED, 0))) % 20),
            "holder of the first pick's seat"
        );
    }

    function test_drawVerifiers_ofAnEmptyTable() public view {
        vm.assertEq(registry.drawVerifiers(SEED, 3, START, nobody).length, 0, "no seats");
        vm.assertEq(registry.drawVerifiers(SEED, 3, 0, nobody).length, 0, "before all time");
    }

    function test_drawVerifiers_countZero() public {
        enrol(0, 3);
        vm.assertEq(draw(SEED, 0, START + 1).length, 0, "nobody");
    }

    function test_drawVerifiers_neverDrawsOtherRoles() public {
        register(NODE, Role.INFERENCE, MIN_STAKE);
        register(STRANGER, Role.DATA, MIN_STAKE);
        enrol(0, 1);
        vm.assertEq(draw(SEED, 3, START + 1), list(verifier(0)), "the only verification node");
    }

    function testFuzz_drawVerifiers_findsEverybodyInASmallTable(bytes32 seed) public {
        enrol(0, 5);
        vm.assertEq(draw(seed, 5, START + 1).length, 5, "all five, within the bound of picks");
    }

    function testFuzz_drawVerifiers_neverDrawsExcludedOperators(bytes32 seed) public {
        enrol(0, 4);
        enrolFor(OPERATOR, 4, 8);
        address[] memory excluded = new address[](2);
        excluded[0] = OPERATOR;
        excluded[1] = verifier(0);
        address[] memory drawn = registry.drawVerifiers(seed, 8, START + 1, excluded);

        vm.assertEq(drawn.length, 3, "the three others");
        for (uint256 i = 0; i < drawn.length; ++i) {
            vm.assertNotEq(registry.nodeOf(drawn[i]).operator, OPERATOR, "no node of an excluded operator");
            vm.assertNotEq(drawn[i], verifier(0), "no excluded node");
        }
    }

    function testFuzz_drawVerifiers_drawsOneNodePerOperator(bytes32 seed) public {
        enrolFor(OPERATOR, 0, 10);
        vm.assertEq(draw(seed, 7, START + 1).length, 1, "ten nodes, one voice");
    }

    function test_drawVerifiers_excludesThoseWhoJoinInTheSameSecondOrLater() public {
        enrol(0, 2);
        vm.assertEq(draw(SEED, 2, START).length, 0, "nobody was there before this second");
        vm.assertEq(draw(SEED, 2, START + 1).length, 2, "both were there before the next");
    }

    function test_drawVerifiers_leaverOfTheSameSecondIsStillDrawn() public {
        enrol(0, 1);
        vm.warp(START + 10);
        retire(verifier(0));
        vm.warp(START + 20);
        vm.assertEq(registry.drawVerifiers(SEED, 1, START + 10, nobody), list(verifier(0)), "there before");
        vm.assertEq(registry.drawVerifiers(SEED, 1, START + 11, nobody).length, 0, "gone");
    }

    /// @dev Whatever happens from the second of the commitment on: a node that joins, leaves, is slashed or takes over a
    /// seat changes no draw as of that second.
    /// hardhat-config: fuzz.runs = 64
    function testFuzz_drawVerifiers_dependsOnThePastAlone(bytes32 seed, uint256 choices, bool sameSecond) public {
        enrol(0, 12);
        vm.warp(START + 100);
        uint40 asOf = START + 100;
        address[] memory before = registry.drawVerifiers(seed, 5, asOf, list(verifier(3)));
        vm.assertEq(before.length, 5, "drawn before");

        for (uint256 i = 0; i < 12; ++i) {
            if (!sameSecond) vm.warp(asOf + 1 + i * UNBONDING_PERIOD);
            uint256 choice = (choices >> (2 * i)) & 3;
            if (choice == 0) retire(verifier(i));
            if (choice == 1) enrol(20 + i, 21 + i);
            if (choice == 2) slash(verifier(i), 1);
            if (choice == 3) enrolFor(OPERATOR, 40 + i, 41 + i);
        }
        address[] memory later = registry.drawVerifiers(seed, 5, asOf, list(verifier(3)));
        vm.assertEq(later, before, "the same draw");
    }

    /// @dev Whoever fills the table and leaves again must not starve later draws with empty seats.
    function test_drawVerifiers_afterACrowdHasLeft() public {
        enrol(0, 7);
        enrol(100, 200);
        for (uint256 i = 100; i < 200; ++i) retire(verifier(i));

        vm.warp(START + 1);
        vm.assertEq(registry.seatCount(), 7, "the table is as small as before");
        vm.assertEq(draw(SEED, 7, START + 1).length, 7, "and the draw is complete");
    }

    function testFuzz_seats_stayDense(uint256 choices) public {
        enrol(0, 8);
        uint256 left = 0;
        for (uint256 i = 0; i < 8; ++i) {
            vm.warp(START + i);
            if ((choices >> i) & 1 == 1) {
                retire(verifier(i));
                ++left;
            }
        }

        vm.assertEq(registry.seatCount(), 8 - left, "one seat per active node");
        bool[9] memory taken;
        for (uint256 i = 0; i < 8; ++i) {
            uint32 seat = registry.nodeOf(verifier(i)).seat;
            if ((choices >> i) & 1 == 1) {
                vm.assertEq(seat, 0, "no seat after leaving");
            } else {
                vm.assertTrue(seat > 0 && seat <= 8 - left && !taken[seat], "a seat of its own in the table");
                taken[seat] = true;
            }
        }
        vm.warp(START + 8);
        address[] memory drawn = draw(SEED, 8, START + 8);
        vm.assertEq(drawn.length, 8 - left, "all that stayed are drawn");
        for (uint256 i = 0; i < drawn.length; ++i) {
            vm.assertTrue(registry.isActive(drawn[i], Role.VERIFICATION), "and nobody who left");
        }
    }

    function test_slashStake_belowTheMinimumTakesTheSeat() public {
        enrol(0, 2);
        vm.warp(START + 10);
        slash(verifier(0), 1);
        vm.assertEq(registry.seatCount(), 1, "one seat left");
        vm.assertTrue(registry.isActive(verifier(0), Role.VERIFICATION), "still active");
        vm.assertEq(draw(SEED, 2, START + 11), list(verifier(1)), "drawn no more");

        fund(STRANGER, 2);
        vm.prank(STRANGER);
        registry.addStake(verifier(0), 1);
        vm.assertEq(registry.seatCount(), 2, "seated again");
        vm.prank(STRANGER);
        registry.addStake(verifier(0), 1);
        vm.assertEq(registry.seatCount(), 2, "but once");
        vm.assertEq(draw(SEED, 2, START + 11).length, 2, "and drawn");
    }

    function test_slashStake_downToTheMinimumKeepsTheSeat() public {
        register(NODE, Role.VERIFICATION, MIN_STAKE + 1);
        slash(NODE, 1);
        vm.assertEq(registry.nodeOf(NODE).seat, 1, "the minimum is enough");
    }

    function test_addStake_belowTheMinimumGivesNoSeat() public {
        enrol(0, 1);
        slash(verifier(0), 2);
        fund(STRANGER, 1);
        vm.prank(STRANGER);
        registry.addStake(verifier(0), 1);
        vm.assertEq(registry.seatCount(), 0, "one short");
    }

    function test_retire_afterTheSeatWasTaken() public {
        enrol(0, 2);
        slash(verifier(0), 1);
        retire(verifier(0));
        vm.assertEq(registry.seatCount(), 1, "the other node keeps its seat");
        vm.assertEq(registry.nodeOf(verifier(1)).seat, 1, "in the table");
    }

    /// @dev A seat's history makes a draw dearer only by the logarithm of its length.
    function test_drawVerifiers_workIsBounded() public {
        enrol(0, 1);
        for (uint256 i = 0; i < 64; ++i) {
            vm.warp(START + 1 + i);
            slash(verifier(0), 1);
            fund(STRANGER, 1);
            vm.prank(STRANGER);
            registry.addStake(verifier(0), 1);
            enrol(100 + i, 101 + i);
            retire(verifier(100 + i));
        }
        uint256 gas = gasleft();
        address[] memory drawn = registry.drawVerifiers(SEED, 7, START + 1000, nobody);
        gas -= gasleft();
        vm.assertEq(drawn.length, 1, "one node");
        vm.assertLt(gas, (8 * 2 + 16) * 5_000, "32 picks");
    }

    function test_drawVerifiers_hugeCountIsBoundedByTheSeats() public {
        enrol(0, 3);
        vm.assertEq(draw(SEED, type(uint256).max, START + 1).length, 3, "all there are");
    }

    function verifier(uint256 index) private pure returns (address) {
        return address(uint160(0xA000 + index));
    }

    /// @dev Nodes with these indices, each its own operator.
    function enrol(uint256 from, uint256 to) private {
        for (uint256 i = from; i < to; ++i) register(verifier(i), Role.VERIFICATION, MIN_STAKE);
    }

    function enrolFor(address operator, uint256 from, uint256 to) private {
        for (uint256 i = from; i < to; ++i) registerFor(operator, verifier(i), Role.VERIFICATION, MIN_STAKE);
    }

    function slash(address node, uint128 amount) private {
        vm.prank(MARKET);
        registry.slashStake(node, amount, 0);
    }

    function draw(bytes32 seed, uint256 count, uint40 asOf) private view returns (address[] memory) {
        return registry.drawVerifiers(seed, count, asOf, nobody);
    }
}
