// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Role} from "../contracts/types/Node.sol";
import {EnclaveRegistryFixture} from "./EnclaveRegistryFixture.t.sol";
import {vm} from "./support/Vm.sol";

/// @notice Allows, proposes, judges, revokes and retires in any order, and keeps its own books of which keys are live.
contract EnclaveRegistryHandler is EnclaveRegistryFixture {
    uint256 private constant MOST_KEYS = 40;
    uint256 private constant MEASUREMENTS = 2;
    uint40 private constant LONGEST_LIFE = 20 hours;
    uint40 private constant LONGEST_WAIT = 1 hours;

    /// @dev What a key was proposed for, and what has happened to it since it was admitted.
    struct Key {
        address node;
        bytes32 modelId;
        bytes32 measurement;
        uint40 expiresAt;
        bool admitted;
        bool revoked;
        bool untrusted; // its measurement was revoked
        uint256 revocationVotes;
    }

    struct Proposal {
        bytes32 id;
        uint256 key;
        uint40 expiresAt;
        uint256 approvals;
        uint256 refusals;
        bool closed;
        bool untrusted; // its measurement was revoked
    }

    Key[] private _keys;
    Proposal[] private _proposals;
    address[] private _nodes;
    bytes32[] private _models;
    address[] private _registrars;
    mapping(bytes32 modelId => mapping(bytes32 measurement => uint256)) private _effectiveAt;
    mapping(bytes32 ballot => mapping(address registrar => bool)) private _voted;
    mapping(address node => bool) private _retired;
    mapping(string call => uint256) private _turns;
    uint256 private _draws;

    mapping(string call => uint256) public calls;

    constructor() {
        super.setUp();
        _nodes = [NODE, OTHER_NODE];
        _models = [modelId, otherModelId];
        _registrars = [FIRST, SECOND, THIRD];
        revoke(modelId, MEASUREMENT);
        for (uint256 i = 0; i < 2 * MEASUREMENTS; ++i) allowAnew(i);
        vm.warp(block.timestamp + MEASUREMENT_DELAY);
    }

    /// @dev Everything is set up once; the fuzzer may call this too.
    function setUp() public override {}

    /* MEASUREMENTS */

    function allowMeasurement(uint256 seed) external {
        if (allowAnew(seed)) ++calls["allowMeasurement"];
    }

    function allowAnew(uint256 seed) private returns (bool) {
        (bytes32 model, bytes32 measurement) = measurementAt(seed);
        if (_effectiveAt[model][measurement] != 0) return false;
        allow(model, measurement);
        _effectiveAt[model][measurement] = block.timestamp + MEASUREMENT_DELAY;
        return true;
    }

    /// @dev Rarely, as keys are revoked, so that some come to their own end.
    function revokeMeasurement(uint256 seed) external {
        (bytes32 model, bytes32 measurement) = measurementAt(seed);
        if (_effectiveAt[model][measurement] == 0 || !isTurn("revokeMeasurement", 6)) return;
        revoke(model, measurement);
        _effectiveAt[model][measurement] = 0;
        for (uint256 i = 0; i < _keys.length; ++i) {
            if (_keys[i].admitted && isOf(_keys[i], model, measurement)) _keys[i].untrusted = true;
        }
        for (uint256 i = 0; i < _proposals.length; ++i) {
            if (isOf(_keys[_proposals[i].key], model, measurement)) _proposals[i].untrusted = true;
        }
        ++calls["revokeMeasurement"];
    }

    /* ADMISSION */

    /// @dev A new key, or one that was proposed before and may still be decided.
    function proposeKey(uint256 seed, uint40 life) external {
        (bytes32 model, bytes32 measurement) = countingMeasurement(seed);
        uint256 index = _keys.length;
        if (index != 0 && (index == MOST_KEYS || chance(seed, 4))) {
            index = seed % index;
            (model, measurement) = (_keys[index].modelId, _keys[index].measurement);
            if (_keys[index].admitted || _retired[_keys[index].node]) return;
        }
        if (!counts(model, measurement)) return;

        if (index == _keys.length) {
            _keys.push(Key(_nodes[seed % _nodes.length], model, measurement, 0, false, false, false, 0));
        }
        uint40 expiresAt = uint40(block.timestamp) + 1 + (life % LONGEST_LIFE);
        bytes32 id = propose(_keys[index].node, model, secretOf(index), measurement, expiresAt);
        _proposals.push(Proposal(id, index, expiresAt, 0, 0, false, false));
        ++calls["proposeKey"];
    }

    /// @dev Of the last proposal without a verdict, by one registrar or more, so that votes meet.
    function judgeProposal(uint256 seed) external {
        for (uint256 i = _proposals.length; i > 0; --i) {
            if (_proposals[i - 1].closed) continue;
            do {
                castVote(_proposals[i - 1], !chance(seed, 3), seed);
            } while (!_proposals[i - 1].closed && !chance(seed, 4));
            return;
        }
    }

    function castVote(Proposal storage proposal, bool approve, uint256 seed) private {
        judge(takeVote(proposal.id, seed), proposal.id, approve);
        uint256 votes = approve ? ++proposal.approvals : ++proposal.refusals;
        ++calls[approve ? "approve" : "refuse"];
        if (votes != QUORUM) return;

        proposal.closed = true;
        Key storage key = _keys[proposal.key];
        bool late = key.admitted || proposal.untrusted || block.timestamp >= proposal.expiresAt;
        if (approve && !late) (key.admitted, key.expiresAt) = (true, proposal.expiresAt);
        ++calls[
            !approve
                ? "refused"
                : late
                    ? "tooLate"
                    : "admitted"
        ];
    }

    /* REVOCATION */

    function revokeKey(uint256 seed) external {
        (uint256 index, bool found) = findRevocable(seed);
        if (!found || !isTurn("revokeKey", 12)) return;
        vm.prank(_keys[index].node);
        enclaves.revokeKey(vm.addr(secretOf(index)));
        _keys[index].revoked = true;
        ++calls["revokeKey"];
    }

    /// @dev By one registrar or more, as above.
    function judgeRevocation(uint256 seed) external {
        (uint256 index, bool found) = findRevocable(seed);
        if (!found || !isTurn("judgeRevocation", 6)) return;
        address account = vm.addr(secretOf(index));
        do {
            vm.prank(takeVote(bytes32(secretOf(index)), seed));
            enclaves.judgeRevocation(account);
            _keys[index].revoked = ++_keys[index].revocationVotes == QUORUM;
            ++calls[_keys[index].revoked ? "revokedByVote" : "judgeRevocation"];
        } while (!_keys[index].revoked && !chance(seed, 4));
    }

    /// @dev A new node takes the place of the one that leaves. It takes all of its keys along.
    function retireNode(uint256 seed) external {
        if (!isTurn("retireNode", 30)) return;
        uint256 index = seed % _nodes.length;
        retire(_nodes[index]);
        _retired[_nodes[index]] = true;
        _nodes[index] = address(uint160(0x9000 + calls["retireNode"]));
        register(_nodes[index], Role.INFERENCE, MIN_STAKE);
        ++calls["retireNode"];
    }

    function pass(uint40 duration) external {
        uint256 live = liveKeys();
        vm.warp(block.timestamp + (duration % LONGEST_WAIT));
        if (live != 0) ++calls["live"];
        if (liveKeys() < live) ++calls["expired"];
        ++calls["pass"];
    }

    /* CHOICES */

    /// @dev Once in `times`; the fuzzer's own numbers are not evenly spread.
    function chance(uint256 seed, uint256 times) private returns (bool) {
        return uint256(keccak256(abi.encode(seed, ++_draws))) % times == 0;
    }

    /// @dev Every so many times, so that keys live for a while.
    function isTurn(string memory call, uint256 times) private returns (bool) {
        return ++_turns[call] % times == 0;
    }

    /// @dev One that counts now, if there is one.
    function countingMeasurement(uint256 seed) private view returns (bytes32 model, bytes32 measurement) {
        for (uint256 i = 0; i < 2 * MEASUREMENTS; ++i) {
            (model, measurement) = measurementAt((seed % (2 * MEASUREMENTS)) + i);
            if (counts(model, measurement)) return (model, measurement);
        }
    }

    function measurementAt(uint256 seed) private view returns (bytes32 model, bytes32 measurement) {
        return (_models[seed % 2], numbered((seed / 2) % MEASUREMENTS));
    }

    function secretOf(uint256 index) private pure returns (uint256) {
        return 0x1000 + index;
    }

    /// @dev A registrar that has not voted: of three there is one until two agree.
    function takeVote(bytes32 ballot, uint256 seed) private returns (address registrar) {
        uint256 index = seed % _registrars.length;
        while (_voted[ballot][_registrars[index]]) index = (index + 1) % _registrars.length;
        registrar = _registrars[index];
        _voted[ballot][registrar] = true;
    }

    function findRevocable(uint256 seed) private view returns (uint256 index, bool found) {
        for (uint256 i = 0; i < _keys.length; ++i) {
            index = ((seed % _keys.length) + i) % _keys.length;
            if (_keys[index].admitted && !_keys[index].revoked) return (index, true);
        }
    }

    /* BOOKS */

    function isOf(Key storage key, bytes32 model, bytes32 measurement) private view returns (bool) {
        return key.modelId == model && key.measurement == measurement;
    }

    function counts(bytes32 model, bytes32 measurement) private view returns (bool) {
        uint256 effectiveAt = _effectiveAt[model][measurement];
        return effectiveAt != 0 && block.timestamp >= effectiveAt;
    }

    function shouldLive(Key storage key) private view returns (bool) {
        bool ended = key.revoked || key.untrusted || _retired[key.node] || block.timestamp >= key.expiresAt;
        return key.admitted && !ended;
    }

    function liveKeys() private view returns (uint256 live) {
        for (uint256 i = 0; i < _keys.length; ++i) if (shouldLive(_keys[i])) ++live;
    }

    function checkKeys() external view {
        for (uint256 i = 0; i < _keys.length; ++i) {
            Key storage key = _keys[i];
            address account = vm.addr(secretOf(i));
            bytes32 other = key.modelId == modelId ? otherModelId : modelId;
            vm.assertEq(enclaves.keyOf(account).node != address(0), key.admitted, "admitted as the books say");
            vm.assertEq(enclaves.isLive(account, key.node, key.modelId), shouldLive(key), "live as the books say");
            vm.assertFalse(enclaves.isLive(account, key.node, other), "for its own model only");
        }
    }

    function checkMeasurements() external view {
        for (uint256 i = 0; i < 2; ++i) {
            bool any = false;
            for (uint256 j = 0; j < MEASUREMENTS; ++j) {
                bool expected = counts(_models[i], numbered(j));
                vm.assertEq(
                    enclaves.isMeasurementAllowed(_models[i], numbered(j)),
                    expected,
                    "counts as the books say"
                );
                any = any || expected;
            }
            vm.assertEq(enclaves.isAvailable(_models[i]), any, "one of them counts");
        }
    }
}

contract EnclaveRegistryInvariantTest {
    EnclaveRegistryHandler private handler;

    function setUp() public {
        handler = new EnclaveRegistryHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev I18: a key is live exactly while its admission, its measurement, its expiry and its node all stand.
    /// hardhat-config: invariant.runs = 8
    /// hardhat-config: invariant.depth = 800
    function invariant_liveKeysAreAdmittedAndTrusted() public view {
        handler.checkKeys();
        handler.checkMeasurements();
    }

    /// @dev Each kind of call and end must have happened, or the invariant above says nothing.
    function afterInvariant() public view {
        string[15] memory names = [
            "allowMeasurement",
            "revokeMeasurement",
            "proposeKey",
            "approve",
            "refuse",
            "admitted",
            "refused",
            "tooLate",
            "revokeKey",
            "judgeRevocation",
            "revokedByVote",
            "retireNode",
            "pass",
            "live",
            "expired"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.assertGt(handler.calls(names[i]), 0, string.concat(names[i], " never happened"));
        }
    }
}
