// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title A token for local and test chains only
/// @dev Warning: anybody may mint any amount; it is worth nothing.
contract TestToken is ERC20Permit, ERC3009 {
    constructor() ERC20("Assay Test Token", "TEST") ERC20Permit("Assay Test Token") {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }
}
