// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NONCE_WINDOW, Reservation} from "../../contracts/types/Order.sol";
import {vm} from "../support/Vm.sol";

/// @notice Replay flags of reservations, against a set of all nonces that were ever used.
contract OrderTest {
    uint64 private constant LAST_NONCE = type(uint40).max;

    mapping(uint64 nonce => bool) private _isUsed;
    Reservation private _stored;

    function test_use_once() public pure {
        Reservation memory reservation;
        uint64[4] memory nonces = [uint64(0), 1, uint64(NONCE_WINDOW) - 1, 40];
        for (uint256 i = 0; i < nonces.length; ++i) {
            vm.assertTrue(reservation.use(nonces[i]), "fresh");
            vm.assertFalse(reservation.use(nonces[i]), "used");
        }
        vm.assertEq(reservation.first, 0, "all are in the first window");
    }

    /// @dev The window moves no further than it must.
    function test_use_movesTheWindow() public pure {
        uint40 size = uint40(NONCE_WINDOW);
        Reservation memory reservation;
        reservation.use(5);
        vm.assertTrue(reservation.use(size), "one above the window");
        vm.assertEq(reservation.first, 1, "by one");
        vm.assertFalse(reservation.use(0), "left behind, though it was never used");
        vm.assertFalse(reservation.use(5), "still known");
        vm.assertTrue(reservation.use(1), "the lowest of the window");
        vm.assertTrue(reservation.use(size + 5), "five further");
        vm.assertFalse(reservation.use(5), "left behind");
        vm.assertTrue(reservation.use(6), "the lowest again");
        vm.assertFalse(reservation.use(size), "still known");
    }

    function test_use_leapsOverTheWindow() public pure {
        uint40 size = uint40(NONCE_WINDOW);
        for (uint40 leap = size - 1; leap < size + 2; ++leap) {
            Reservation memory reservation;
            for (uint64 nonce = 0; nonce < size; ++nonce) vm.assertTrue(reservation.use(nonce), "fresh");
            vm.assertEq(reservation.used, type(uint80).max, "full");
            vm.assertTrue(reservation.use(size - 1 + leap), "above");
            vm.assertFalse(reservation.use(size - 1 + leap), "used");
            vm.assertEq(reservation.first, leap, "left behind");
            uint256 kept = leap < size ? size - leap : 0;
            vm.assertEq(reservation.used, (1 << kept) - 1 + (1 << (size - 1)), "what is left of the full one");
        }
    }

    function test_use_theLastNonce() public pure {
        Reservation memory reservation;
        vm.assertTrue(reservation.use(LAST_NONCE), "fresh");
        vm.assertFalse(reservation.use(LAST_NONCE), "used");
        vm.assertEq(reservation.first, LAST_NONCE - NONCE_WINDOW + 1, "the last window");
        vm.assertTrue(reservation.use(reservation.first), "its lowest");
        vm.assertFalse(reservation.use(reservation.first - 1), "below it");
    }

    function test_use_leavesAmountAndDate() public pure {
        Reservation memory reservation = Reservation(7, 9, 3, 1);
        reservation.use(LAST_NONCE);
        vm.assertEq(reservation.amount, 7, "amount");
        vm.assertEq(reservation.until, 9, "date");
    }

    /// @dev A nonce is taken exactly if it is not below the window and never was used; the window never moves back.
    function testFuzz_use_againstASet(uint64[40] memory steps, uint64 start) public {
        Reservation memory reservation;
        uint64 nonce = start % (LAST_NONCE / 2);
        for (uint256 i = 0; i < steps.length; ++i) {
            // Mostly near the last one, below or above; sometimes far above.
            uint64 reach = steps[i] % 16 == 0 ? 1_000_000 : 120;
            nonce += (steps[i] >> 8) % reach;
            nonce = nonce < 60 ? 0 : nonce - 60;
            uint40 first = reservation.first;
            bool expected = nonce >= first && !_isUsed[nonce];
            vm.assertEq(reservation.use(nonce), expected, "taken");
            _isUsed[nonce] = true;
            vm.assertGe(reservation.first, first, "never back");
            vm.assertFalse(reservation.use(nonce), "never again");
            uint256 lowest = nonce < NONCE_WINDOW ? 0 : nonce - NONCE_WINDOW + 1;
            vm.assertEq(reservation.first, lowest > first ? lowest : first, "no further than it must");
        }
    }

    function testFuzz_write(Reservation memory reservation) public {
        _stored.write(reservation);
        vm.assertEq(abi.encode(_stored), abi.encode(reservation), "what was written");
    }
}
