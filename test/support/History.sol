// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

address constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
/// @dev The code of EIP-2935's contract.
bytes constant HISTORY_CODE =
    hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";

/// @dev The test chain has no contract of EIP-2935, and a call to where it would be reverts with a message.
function deployHistory() {
    vm.etch(HISTORY, HISTORY_CODE);
}
