// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice The cheatcodes of Hardhat's Solidity tests that our tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    /* WORLD */

    function warp(uint256 timestamp) external;

    function roll(uint256 blockNumber) external;

    /// @dev Unlike `block.timestamp`, which the optimizer takes for constant within a call, it sees every `warp`.
    function getBlockTimestamp() external view returns (uint256);

    /// @dev Likewise for `roll`.
    function getBlockNumber() external view returns (uint256);

    function chainId(uint256 id) external;

    function setBlockhash(uint256 blockNumber, bytes32 blockHash) external;

    /// @return The creation code of a built artifact, for example `NodeRegistry.sol:NodeRegistry`.
    function getCode(string calldata artifact) external view returns (bytes memory);

    function deal(address account, uint256 balance) external;

    function etch(address target, bytes calldata code) external;

    function store(address target, bytes32 slot, bytes32 value) external;

    function load(address target, bytes32 slot) external view returns (bytes32);

    /// @dev Makes the account and its slots cold again, so that gas is measured as in a new transaction.
    function cool(address account) external;

    /// @dev From here on, `accesses` knows every slot that is read or written.
    function record() external;

    function accesses(address target) external returns (bytes32[] memory reads, bytes32[] memory writes);

    function snapshotState() external returns (uint256 id);

    function revertToState(uint256 id) external returns (bool);

    /* FILES: those of test/vectors, see hardhat.config.ts */

    /// @param path From the root of the project.
    function readFile(string calldata path) external view returns (string memory);

    /// @param key Where the value is, for example `$[0].name`.
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);

    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);

    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);

    function parseJsonAddress(string calldata json, string calldata key) external pure returns (address);

    function parseJsonBytes(string calldata json, string calldata key) external pure returns (bytes memory);

    function parseJsonBytes32(string calldata json, string calldata key) external pure returns (bytes32);

    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);

    /* CALLERS AND KEYS */

    function prank(address sender) external;

    function prank(address sender, address origin) external;

    function startPrank(address sender) external;

    function stopPrank() external;

    function addr(uint256 privateKey) external pure returns (address);

    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function label(address account, string calldata name) external;

    /* EXPECTATIONS */

    /// @dev Any revert.
    function expectRevert() external;

    /// @dev Exact revert data: `abi.encodeWithSelector` with all arguments.
    function expectRevert(bytes calldata revertData) external;

    /// @dev Only for errors without arguments.
    function expectRevert(bytes4 selector) external;

    /// @dev Any error with this selector, whatever its arguments.
    function expectPartialRevert(bytes4 selector) external;

    function expectEmit() external;

    function expectEmit(address emitter) external;

    function expectCall(address callee, bytes calldata data) external;

    function mockCall(address callee, bytes calldata data, bytes calldata returned) external;

    function mockCallRevert(address callee, bytes calldata data, bytes calldata reverted) external;

    function clearMockedCalls() external;

    function recordLogs() external;

    function getRecordedLogs() external returns (Log[] memory);

    function assume(bool condition) external pure;

    /* ASSERTIONS */

    function assertTrue(bool condition, string calldata label) external pure;

    function assertFalse(bool condition, string calldata label) external pure;

    function assertEq(uint256 left, uint256 right, string calldata label) external pure;

    function assertEq(int256 left, int256 right, string calldata label) external pure;

    function assertEq(address left, address right, string calldata label) external pure;

    function assertEq(bytes32 left, bytes32 right, string calldata label) external pure;

    function assertEq(bool left, bool right, string calldata label) external pure;

    function assertEq(string calldata left, string calldata right, string calldata label) external pure;

    function assertEq(bytes calldata left, bytes calldata right, string calldata label) external pure;

    function assertEq(address[] calldata left, address[] calldata right, string calldata label) external pure;

    function assertNotEq(uint256 left, uint256 right, string calldata label) external pure;

    function assertNotEq(address left, address right, string calldata label) external pure;

    function assertNotEq(bytes32 left, bytes32 right, string calldata label) external pure;

    function assertLt(uint256 left, uint256 right, string calldata label) external pure;

    function assertLe(uint256 left, uint256 right, string calldata label) external pure;

    function assertGt(uint256 left, uint256 right, string calldata label) external pure;

    function assertGe(uint256 left, uint256 right, string calldata label) external pure;
}

// solhint-disable-next-line const-name-snakecase
Vm constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
