// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {IInferenceMarket, MarketParameters} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {ITeeEvidence} from "../interfaces/ITeeEvidence.sol";
import {IZkmlEvidence} from "../interfaces/IZkmlEvidence.sol";
import {Evidence} from "../types/Evidence.sol";
import {Terms} from "../types/Model.sol";
import {FeeSplit} from "./FeeSplit.sol";
import {MarketDigests} from "./MarketDigests.sol";
import {NodeEarnings} from "./NodeEarnings.sol";

/// @title A contract that settles what clients signed off chain
/// @notice Its money is its balance in the market's ledger: it takes from a client what that client reserves here, and what it
/// owes leaves it by transfer. It can touch no other money.
abstract contract Settler is MarketDigests, NodeEarnings {
    INodeRegistry internal immutable NODES;
    IModelRegistry internal immutable MODELS;
    IZkmlEvidence internal immutable ZKML_VERIFIER;
    ITeeEvidence internal immutable TEE_VERIFIER;
    uint40 internal immutable CHALLENGE_WINDOW;
    uint40 internal immutable LONGEST_ORDER;
    /// @dev Seconds that a challenge and a dispute take.
    uint40 internal immutable WINDOWS;
    uint16 private immutable VERIFICATION_BPS;
    uint16 private immutable DATA_BPS;

    /// @dev As the registry has them: a version never changes, so they are asked for once.
    mapping(bytes32 modelId => Terms) private _terms;

    /// @dev The market's pause stops new reservations, as it stops new requests.
    modifier whenAdmitting() {
        if (Pausable(address(MARKET)).paused()) revert Pausable.EnforcedPause();
        _;
    }

    constructor(IInferenceMarket market) MarketDigests(market) NodeEarnings(market.nodeRegistry()) {
        MarketParameters memory p = market.parameters();
        NODES = INodeRegistry(market.nodeRegistry());
        MODELS = IModelRegistry(market.modelRegistry());
        ZKML_VERIFIER = IZkmlEvidence(market.verifierOf(Evidence.ZKML));
        TEE_VERIFIER = ITeeEvidence(market.verifierOf(Evidence.TEE));
        CHALLENGE_WINDOW = p.challengeWindow;
        LONGEST_ORDER = p.longestOrder;
        WINDOWS = p.challengeWindow + p.disputeWindow;
        VERIFICATION_BPS = p.verificationBps;
        DATA_BPS = p.dataBps;
    }

    function _termsOf(bytes32 modelId) internal returns (Terms memory terms) {
        terms = _terms[modelId];
        if (terms.bond != 0) return terms;
        terms = MODELS.termsOf(modelId);
        _terms[modelId] = terms;
    }

    /// @dev Divides the fee of one or many results of a node, as the market does.
    /// @param dataNode Whose data they were built from; zero if none.
    function _pay(address node, address dataNode, uint128 fee) internal {
        uint128 verification = FeeSplit.shareDown(fee, VERIFICATION_BPS);
        uint128 data = dataNode == address(0) ? 0 : FeeSplit.shareDown(fee, DATA_BPS);
        _earn(node, fee - verification - data, verification);
        if (data != 0) _earn(dataNode, data, 0);
    }

    /// @dev As `_pay`, of results that checkers have checked: the verification share is theirs, in equal parts, and what does not
    /// divide is the node's.
    /// @return each What every checker gets.
    function _payChecked(
        address node,
        address dataNode,
        uint128 fee,
        uint128 checkers
    ) internal returns (uint128 each) {
        each = FeeSplit.shareDown(fee, VERIFICATION_BPS) / checkers;
        uint128 data = dataNode == address(0) ? 0 : FeeSplit.shareDown(fee, DATA_BPS);
        _earn(node, fee - each * checkers - data, 0);
        if (data != 0) _earn(dataNode, data, 0);
    }

    function _creditAccount(address account, uint128 amount) internal override {
        MARKET.transfer(account, amount);
    }
}
