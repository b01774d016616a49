// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice How a token misbehaves.
enum Vice {
    NONE,
    RETURNS_FALSE, // moves nothing and returns false
    RETURNS_NOTHING, // moves and returns no data, as USDT does
    TAKES_FEE, // burns 1 % of what it moves
    CALLS_BACK, // calls the account named by `hook` after each move
    BLOCKS // refuses to pay the account named by `hook`
}

/// @notice Called by a `HostileToken` with the vice CALLS_BACK.
interface ITokenHook {
    function onTokenMoved(address from, address to, uint256 amount) external;
}

/// @title A token that misbehaves in a chosen way, for tests only
contract HostileToken is ERC20 {
    Vice public vice;
    address public hook;

    error AccountBlocked(address account);

    constructor() ERC20("Hostile Token", "HOSTILE") {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function misbehave(Vice vice_, address hook_) external {
        vice = vice_;
        hook = hook_;
    }

    /// @notice Takes away what an account holds, as a token that rebases down does.
    function shrink(address account, uint256 amount) external {
        _burn(account, amount);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (vice == Vice.RETURNS_FALSE) return false;
        super.transfer(to, amount);
        return _returned();
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (vice == Vice.RETURNS_FALSE) return false;
        super.transferFrom(from, to, amount);
        return _returned();
    }

    function _update(address from, address to, uint256 amount) internal override {
        if (vice == Vice.BLOCKS && to == hook) revert AccountBlocked(to);
        super._update(from, to, amount);
        if (from == address(0) || to == address(0)) return;
        if (vice == Vice.TAKES_FEE) _burn(to, amount / 100);
        if (vice == Vice.CALLS_BACK) ITokenHook(hook).onTokenMoved(from, to, amount);
    }

    function _returned() private view returns (bool) {
        if (vice != Vice.RETURNS_NOTHING) return true;
        // Only assembly can return no data from a function that declares a result.
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}
