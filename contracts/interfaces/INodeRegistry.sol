// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ModelStake, Node, Penalty, Role} from "../types/Node.sol";

/// @title Roles, operators, payout addresses and stake of nodes
/// @notice A node registers once, for one role. An inference node puts stake at risk per model version (`optIn`); what it
/// can lose on a version is what it opted in with. Stake leaves only after an unbonding period longer than every window.
/// @dev Assumptions:
/// - The token is a plain ERC-20: no fee on transfer, no rebasing.
/// - Appointed contracts (market, court) slash by the rules of docs/protocol.md; they are appointed once, for ever.
interface INodeRegistry {
    event NodeRegistered(
        address indexed node,
        Role indexed role,
        address indexed operator,
        address payout,
        string endpoint
    );
    event NodeApproved(address indexed operator, address indexed node, bool approved);
    event PayoutChanged(address indexed node, address payout);
    event EndpointChanged(address indexed node, string endpoint);
    event NodeRetired(address indexed node);
    event StakeAdded(address indexed node, uint128 amount);
    event UnbondingStarted(address indexed node, uint128 amount, uint40 unbondedAt);
    event StakeWithdrawn(address indexed node, address indexed to, uint128 amount);
    event OptedIn(address indexed node, bytes32 indexed modelId, uint128 amount);
    event OptedOut(address indexed node, bytes32 indexed modelId, uint128 amount);
    /// @param recovered Part of `amount` handed to the appointed contract; the rest is burned.
    event NodeSlashed(address indexed node, bytes32 indexed modelId, uint128 amount, uint128 recovered);
    event Awarded(address indexed account, uint128 amount);
    event AwardWithdrawn(address indexed account, address indexed to, uint128 amount);
    event ContractsAppointed(address[] contracts);

    error NodeAlreadyRegistered(address node);
    error NodeNotRegistered(address node);
    error NodeInactive(address node);
    error RoleInvalid(Role role);
    error RoleMismatch(address node, Role role, Role expected);
    error OperatorApprovalMissing(address operator, address node);
    error PayoutZero();
    error StakeTooLow(uint128 stake, uint128 minStake);
    error StakeInsufficient(address node, uint128 available, uint128 needed);
    error ModelStakeInsufficient(address node, bytes32 modelId, uint128 available, uint128 needed);
    error ModelStakeRemaining(address node, uint128 opted);
    error StakeTransferMismatch(uint256 received, uint256 expected);
    error UnbondingPending(address node, uint40 unbondedAt);
    error RecoveryAboveSlash(uint128 recovered, uint128 amount);
    error AwardMissing(address account);
    error AppointmentMissing(address account);
    error AppointmentRepeated();
    error UnbondingPeriodTooShort(uint40 period, uint40 needed);

    /* REGISTER */

    /// @notice Registers the caller as a node.
    /// @param role The only role this address will ever have.
    /// @param operator Who runs the node: the caller, or an address that approved the caller with `approveNode`.
    /// @param payout Where earnings are credited, not zero.
    /// @param amount Stake in token units, at least `minStake`; pulled by `transferFrom`.
    /// @param endpoint Base URL of the node's HTTP service; empty if it has none.
    function register(Role role, address operator, address payout, uint128 amount, string calldata endpoint) external;

    /// @notice Allows or forbids `node` to register with the caller as its operator.
    function approveNode(address node, bool approved) external;

    function setPayout(address payout) external;

    function setEndpoint(string calldata endpoint) external;

    /* STAKE */

    /// @notice Adds to the stake of an active `node`, paid by the caller. A verification node that had been slashed below
    /// `minStake` may be drawn again once it holds it.
    function addStake(address node, uint128 amount) external;

    /// @notice Puts `amount` of the caller's free stake at risk for a model version, so that it may serve it.
    function optIn(bytes32 modelId, uint128 amount) external;

    /// @notice Takes `amount` back to free stake; never what backs open requests.
    function optOut(bytes32 modelId, uint128 amount) external;

    /// @notice Starts the unbonding of free stake; starting again moves the date of all of it.
    /// @dev An active node keeps at least `minStake` across free and opted stake.
    function beginUnbonding(uint128 amount) external;

    /// @notice Retires the caller for good: it gets no new work and is drawn no more; free stake unbonds.
    /// @dev All model stakes must have been opted out. A retired node cannot register again.
    function retire() external;

    /// @notice Withdraws what has unbonded.
    function withdrawStake(address to) external;

    /// @notice Withdraws what the caller was awarded from slashed stake.
    function withdrawAward(address to) external;

    /* APPOINTED CONTRACTS */

    /// @notice Locks stake of a model version behind an open request. Reverts unless the node actively serves it.
    /// @dev Locking and unlocking have no events of their own: the caller's say which request begins and ends.
    function lockBond(address node, bytes32 modelId, uint128 amount) external;

    function unlockBond(address node, bytes32 modelId, uint128 amount) external;

    /// @notice Takes locked stake: `recovered` goes to the caller, the rest is burned.
    function slashBond(address node, bytes32 modelId, uint128 amount, uint128 recovered) external;

    /// @notice Takes up to `amount` from free, then unbonding stake of a node: up to `recovered` of it goes to the caller, the rest is
    /// burned. A verification node left below `minStake` is drawn no more.
    /// @return slashed What was taken.
    function slashStake(address node, uint128 amount, uint128 recovered) external returns (uint128 slashed);

    /// @notice Takes a bond and stake of many for one fault, as `slashBond` and `slashStake` do, and awards what is not burned: first
    /// to who was injured, then to who found the fault. No token moves before they withdraw it.
    function slash(Penalty calldata penalty) external returns (uint128 compensation, uint128 reward);

    /// @notice Names, once and for ever, the contracts that may lock and slash. Only the deployer, only once.
    function appoint(address[] calldata contracts) external;

    /* VIEWS */

    function nodeOf(address node) external view returns (Node memory);

    function endpointOf(address node) external view returns (string memory);

    /// @notice Who runs the node; zero if it is not registered.
    function operatorOf(address node) external view returns (address);

    /// @notice Where the node's earnings are credited; zero if it is not registered.
    function payoutOf(address node) external view returns (address);

    function modelStakeOf(address node, bytes32 modelId) external view returns (ModelStake memory);

    /// @notice What `slashStake` could take from a node until then, if nobody else takes it before; token units.
    /// @param time Unix seconds: what may be withdrawn by then does not count.
    function slashableOf(address node, uint40 time) external view returns (uint256);

    /// @notice Whether the node is registered in this role and has not retired.
    function isActive(address node, Role role) external view returns (bool);

    /// @notice Whether the node is an active inference node that opted in to this model version.
    function isServing(address node, bytes32 modelId) external view returns (bool);

    /// @notice Sum of what the node opted in with, over all model versions.
    function optedOf(address node) external view returns (uint128);

    /// @notice Size of the draw table: the active verification nodes that hold `minStake`. Seats are numbered from 1, and a
    /// leaver's seat goes to the holder of the last one, so that none is empty; the table's past stays readable.
    function seatCount() external view returns (uint32);

    /// @notice Draws up to `count` verification nodes, each of another operator.
    /// @dev Depends only on the arguments and on memberships before `asOf`: nothing that happens in that second or later
    /// changes it. Pick `k` is the holder of seat 1 + keccak256(abi.encode(seed, k)) % seats just before `asOf`, where `seats`
    /// is the table's size just before `asOf`.
    /// Warning: may return fewer than `count`, when few seats are eligible; work is bounded by 8 x count + 16 picks.
    /// Warning: a node that has left since is still drawn; it stays slashable until its stake has unbonded.
    /// @param seed Randomness fixed after the commitment it judges.
    /// @param count How many to draw.
    /// @param asOf Unix seconds; only nodes that had registered before and not retired before are drawn.
    /// @param excluded Operators none of whose nodes is drawn.
    function drawVerifiers(
        bytes32 seed,
        uint256 count,
        uint40 asOf,
        address[] calldata excluded
    ) external view returns (address[] memory);

    /// @notice The same of one operator's rivals: excludes who runs `node`, and says what each of the drawn can lose.
    /// @param until As the time of `slashableOf`.
    function drawStakes(
        bytes32 seed,
        uint256 count,
        uint40 asOf,
        address node,
        uint40 until
    ) external view returns (address[] memory drawn, uint256[] memory stakes);

    /// @notice What the account was awarded of slashed stake and has not withdrawn.
    function awardOf(address account) external view returns (uint128);

    function token() external view returns (address);

    function minStake() external view returns (uint128);

    /// @notice Seconds between `beginUnbonding` and withdrawal.
    function unbondingPeriod() external view returns (uint40);

    /// @notice Stake burned so far; it stays in this contract for ever.
    function burned() external view returns (uint256);

    function isAppointed(address account) external view returns (bool);
}
