// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IEvidenceVerifier} from "./interfaces/IEvidenceVerifier.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IOrderSettler} from "./interfaces/IOrderSettler.sol";
import {Admission} from "./libraries/Admission.sol";
import {FeeSplit} from "./libraries/FeeSplit.sol";
import {Finality} from "./libraries/Finality.sol";
import {Settler} from "./libraries/Settler.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "./types/Evidence.sol";
import {Terms} from "./types/Model.sol";
import {Claims, NonceFault, Order, Reservation} from "./types/Order.sol";
import {Request} from "./types/Request.sol";
import {RequestId} from "./types/RequestId.sol";
import {Result, Statement, resultsDigest} from "./types/Result.sol";

/// @title Reservations, signed orders, and claims under one root
/// @notice See `IOrderSettler`.
contract OrderSettler is IOrderSettler, Settler {
    /// @dev What one order of a batch comes to.
    struct Item {
        RequestId id;
        bytes32 digest; // of the result
        bytes fault;
    }

    /// @dev What the orders of one call come to.
    struct Sums {
        uint128 paid; // fees of those that are final
        uint128 claimed; // fees of claims
        uint128 bond; // of claims
        uint256 claims; // how many
    }

    mapping(bytes32 key => Reservation) private _reservations;
    mapping(bytes32 key => Claims) private _claims;

    constructor(IInferenceMarket market_) Settler(market_) {}

    /* RESERVE */

    /// @inheritdoc IOrderSettler
    function reserve(address node, uint96 amount, uint40 until, address signer) external nonReentrant {
        Reservation storage reservation = _reservations[_keyOf(msg.sender, node, signer)];
        if (amount == 0) revert AmountZero();
        if (node == address(0) || signer == address(0)) revert AccountZero();
        uint40 earliest = reservation.until > block.timestamp ? reservation.until : uint40(block.timestamp) + 1;
        if (until < earliest || until > type(uint40).max - LONGEST_ORDER) {
            revert ReservationDateInvalid(until, earliest);
        }

        reservation.amount += amount;
        reservation.until = until;
        emit Reserved(msg.sender, node, amount, until, signer);
        MARKET.take(msg.sender, amount);
    }

    /// @inheritdoc IOrderSettler
    function release(address node, address signer) external nonReentrant {
        bytes32 key = _keyOf(msg.sender, node, signer);
        Reservation memory reservation = _reservations[key];
        uint40 releasableAt = reservation.until + LONGEST_ORDER;
        if (block.timestamp < releasableAt) revert ReservationActive(msg.sender, node, releasableAt);
        if (reservation.amount == 0) revert AmountZero();

        // Its flags may go with it: whatever was ordered under it is too old by now.
        delete _reservations[key];
        emit Released(msg.sender, node, reservation.amount, signer);
        MARKET.transfer(msg.sender, reservation.amount);
    }

    /* FULFIL */

    /// @inheritdoc IOrderSettler
    function fulfilOrder(Order calldata order) external nonReentrant {
        Request calldata request = order.request;
        RequestId id = _idOf(request);
        Terms memory terms = _termsOf(request.modelId);
        if (!_settlesHere(order, terms)) {
            _openInMarket(order, id);
            MARKET.fulfil(request, _resultOf(order), order.kind, order.evidence);
            return;
        }
        Admission.raise(_faultOf(order, terms));
        bytes32 digest = _resultDigest(id, _resultOf(order));
        if (!_isProved(order, id, digest)) revert IInferenceMarket.EvidenceInvalid(id, order.kind);
        uint128 fee = _feeOf(order);
        Admission.raise(_draw(order, id, fee));

        emit OrderFulfilled(id, request.node, order.outputCommitment, order.units, _present(order));
        if (order.kind == Evidence.VANILLA) {
            uint128 bond = terms.bond + request.declaredValue;
            NODES.lockBond(request.node, request.modelId, bond);
            _enterClaims(request, digest, fee, bond, 1);
        } else {
            _pay(request.node, request.dataNode, fee);
        }
    }

    /// @inheritdoc IOrderSettler
    function fulfilOrderAndCall(Order calldata order, bytes calldata output) external nonReentrant {
        _openInMarket(order, _idOf(order.request));
        MARKET.fulfilAndCall(order.request, _resultOf(order), order.kind, order.evidence, output);
    }

    /// @inheritdoc IOrderSettler
    function fulfilOrders(Order[] calldata orders, bytes calldata signature) external nonReentrant {
        if (orders.length == 0) revert OrdersEmpty();
        Request calldata common = orders[0].request;
        Terms memory terms = _termsOf(common.modelId);
        Item[] memory items = _check(orders, terms);
        _checkEvidence(orders, items, signature);
        uint128 locked = _lockClaims(orders, items, terms);

        bytes32[] memory leaves = new bytes32[](orders.length);
        Sums memory sums;
        for (uint256 i = 0; i < orders.length; ++i) {
            Order calldata order = orders[i];
            uint128 fee = _feeOf(order);
            Item memory item = items[i];
            bytes memory fault = item.fault;
            if (fault.length == 0) fault = _draw(order, item.id, fee);
            if (fault.length != 0) {
                emit OrderRefused(item.id, msg.sender, fault);
                continue;
            }
            emit OrderFulfilled(item.id, msg.sender, order.outputCommitment, order.units, _present(order));
            if (order.kind == Evidence.VANILLA) {
                leaves[sums.claims++] = item.digest;
                sums.claimed += fee;
                sums.bond += terms.bond + order.request.declaredValue;
            } else {
                sums.paid += fee;
            }
        }

        if (sums.paid != 0) _pay(msg.sender, common.dataNode, sums.paid);
        if (sums.claims != 0) _enterClaims(common, _rootOf(leaves, sums.claims), sums.claimed, sums.bond, sums.claims);
        if (locked != sums.bond) NODES.unlockBond(msg.sender, common.modelId, locked - sums.bond);
    }

    /// @dev Whether the order leaves no record: nobody relies on it on chain, and nothing but a window can still come.
    function _settlesHere(Order calldata order, Terms memory terms) private pure returns (bool) {
        Request calldata request = order.request;
        if (request.consumer != address(0)) return false;
        if (order.kind == Evidence.VANILLA) return request.requiredEvidence.isEmpty();
        return Finality.isImmediate(_present(order), request.requiredEvidence, terms.teeWindow);
    }

    /// @dev With a record, as if the client had opened it: `maxFee` comes from its reservation.
    function _openInMarket(Order calldata order, RequestId id) private {
        if (order.request.node != msg.sender) revert NodeMismatch(order.request.node, msg.sender);
        Admission.raise(_draw(order, id, order.request.maxFee));
        MARKET.openSigned(order.request);
    }

    function _check(Order[] calldata orders, Terms memory terms) private view returns (Item[] memory items) {
        bytes32 modelId = orders[0].request.modelId;
        address dataNode = orders[0].request.dataNode;
        items = new Item[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            Order calldata order = orders[i];
            Item memory item = items[i];
            item.id = _idOf(order.request);
            item.digest = _resultDigest(item.id, _resultOf(order));
            bool isLike =
                order.request.modelId == modelId && order.request.dataNode == dataNode && _settlesHere(order, terms);
            item.fault = isLike ? _faultOf(order, terms) : abi.encodeWithSelector(OrderUnlike.selector, item.id);
        }
    }

    /// @dev What is wrong with an order besides its evidence and its reservation.
    function _faultOf(Order calldata order, Terms memory terms) private view returns (bytes memory fault) {
        Request calldata request = order.request;
        if (request.node != msg.sender) {
            return abi.encodeWithSelector(NodeMismatch.selector, request.node, msg.sender);
        }
        uint40 fixedUnits = terms.unitsPerInference;
        if (fixedUnits != 0 && order.units != fixedUnits) {
            return abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, order.units, fixedUnits);
        }
        if (!terms.paths.has(order.kind)) {
            return abi.encodeWithSelector(IModelRegistry.PathUnavailable.selector, request.modelId, order.kind);
        }
        return Admission.faultOf(request, terms, WINDOWS, 0, nodeRegistry);
    }

    /// @dev Takes `amount` from the reservation and marks the nonce, unless one of the two cannot be.
    function _draw(Order calldata order, RequestId id, uint128 amount) private returns (bytes memory fault) {
        Request calldata request = order.request;
        (address signer, , ) = ECDSA.tryRecover(RequestId.unwrap(id), order.r, order.vs);
        bytes32 key = _keyOf(request.client, request.node, signer);
        // In memory, so that it is one write.
        Reservation memory reservation = _reservations[key];
        if (signer == address(0) || reservation.amount < amount) {
            return
                abi.encodeWithSelector(
                    ReservationInsufficient.selector,
                    request.client,
                    request.node,
                    signer,
                    reservation.amount,
                    amount
                );
        }
        uint40 latest = reservation.until + LONGEST_ORDER;
        if (request.deliverBy > latest) {
            return abi.encodeWithSelector(ReservationTooShort.selector, request.deliverBy, latest);
        }
        NonceFault nonceFault = reservation.faultOfNonce(request.nonce);
        if (nonceFault == NonceFault.TOO_LARGE) {
            return abi.encodeWithSelector(NonceTooLarge.selector, request.nonce);
        }
        if (nonceFault == NonceFault.USED) {
            return abi.encodeWithSelector(NonceUsed.selector, request.client, request.node, request.nonce);
        }

        // The cast is exact: the reservation holds as much.
        reservation.amount -= uint96(amount);
        reservation.use(request.nonce);
        _reservations[key] = reservation;
    }

    /* EVIDENCE */

    function _present(Order calldata order) private pure returns (EvidenceSet) {
        return NO_EVIDENCE.plus(Evidence.VANILLA).plus(order.kind);
    }

    /// @dev Whether the order has evidence of its own kind, or is a claim without any.
    function _isProved(Order calldata order, RequestId id, bytes32 digest) private view returns (bool) {
        if (order.kind == Evidence.VANILLA) return order.evidence.length == 0;
        return _accepts(order.kind, _statementOf(order, id, digest), order.evidence);
    }

    /// @dev A verifier that reverts refuses.
    function _accepts(Evidence kind, Statement memory statement, bytes memory evidence) private view returns (bool) {
        try IEvidenceVerifier(_verifierOf(kind)).verify(statement, evidence) returns (bool accepted) {
            return accepted;
        } catch {
            return false;
        }
    }

    function _statementOf(Order calldata order, RequestId id, bytes32 digest) private pure returns (Statement memory) {
        Request calldata request = order.request;
        return Statement(id, digest, request.modelId, request.inputCommitment, _resultOf(order));
    }

    function _resultOf(Order calldata order) private pure returns (Result memory) {
        return Result(order.outputCommitment, order.units, order.request.node);
    }

    function _feeOf(Order calldata order) private pure returns (uint128) {
        return FeeSplit.feeOf(order.units, order.request.unitPrice, order.request.maxFee);
    }

    /// @dev Adds a fault to each item whose evidence is not accepted.
    function _checkEvidence(Order[] calldata orders, Item[] memory items, bytes calldata signature) private view {
        bool signed = _isSigned(orders, items, signature);
        for (uint256 i = 0; i < orders.length; ++i) {
            Item memory item = items[i];
            if (item.fault.length != 0) continue;
            Order calldata order = orders[i];
            bool proved = _isShared(order) ? signed : _isProved(order, item.id, item.digest);
            if (!proved)
                item.fault = abi.encodeWithSelector(IInferenceMarket.EvidenceInvalid.selector, item.id, order.kind);
        }
    }

    /// @dev Whether an enclave signed all results that have no evidence of their own.
    function _isSigned(
        Order[] calldata orders,
        Item[] memory items,
        bytes calldata signature
    ) private view returns (bool) {
        if (signature.length == 0) return false;
        bytes32[] memory digests = new bytes32[](orders.length);
        uint256 count;
        for (uint256 i = 0; i < orders.length; ++i) if (_isShared(orders[i])) digests[count++] = items[i].digest;
        if (count == 0) return false;
        assembly ("memory-safe") {
            mstore(digests, count)
        }
        bytes32 digest = resultsDigest(digests);
        Request calldata common = orders[0].request;
        Result memory result = Result(0, 0, msg.sender);
        return _accepts(Evidence.TEE, Statement(RequestId.wrap(0), digest, common.modelId, 0, result), signature);
    }

    function _isShared(Order calldata order) private pure returns (bool) {
        return order.kind == Evidence.TEE && order.evidence.length == 0;
    }

    /* CLAIMS */

    /// @inheritdoc IOrderSettler
    function finalizeClaims(address node, bytes32 modelId, address dataNode, bytes32 root) external nonReentrant {
        bytes32 key = _keyOf(node, modelId, dataNode, root);
        Claims memory claims = _known(key, root);
        uint40 end = claims.clock + CHALLENGE_WINDOW;
        if (block.timestamp < end) revert ClaimsOpen(root, end);

        delete _claims[key];
        emit ClaimsFinal(root, node, claims.fee);
        _pay(node, dataNode, claims.fee);
        NODES.unlockBond(node, modelId, claims.bond);
    }

    /// @inheritdoc IOrderSettler
    function extractClaim(
        Request calldata request,
        Result calldata result,
        bytes32 root,
        bytes32[] calldata proof
    ) external nonReentrant {
        bytes32 key = _keyOf(request.node, request.modelId, request.dataNode, root);
        Claims memory claims = _known(key, root);
        uint40 end = claims.clock + CHALLENGE_WINDOW;
        if (block.timestamp >= end) revert ClaimsClosed(root, end);
        RequestId id = _idOf(request);
        if (!MerkleProof.verifyCalldata(proof, root, _resultDigest(id, result))) revert ClaimNotIncluded(root, id);

        // The casts are exact: it is part of the sums.
        claims.fee -= uint96(FeeSplit.feeOf(result.units, request.unitPrice, request.maxFee));
        claims.bond -= uint88(_termsOf(request.modelId).bond + request.declaredValue);
        if (--claims.count == 0) delete _claims[key];
        else _claims[key] = claims;
        emit ClaimExtracted(root, id);
        // The market refuses one that it has already; the stake behind it stays locked.
        MARKET.enterClaim(request, result, claims.clock);
    }

    /// @dev Locks stake for all claims of the orders, or adds a fault to each.
    function _lockClaims(
        Order[] calldata orders,
        Item[] memory items,
        Terms memory terms
    ) private returns (uint128 bond) {
        for (uint256 i = 0; i < orders.length; ++i) {
            bool isClaim = orders[i].kind == Evidence.VANILLA && items[i].fault.length == 0;
            if (isClaim) bond += terms.bond + orders[i].request.declaredValue;
        }
        if (bond == 0) return 0;
        try NODES.lockBond(msg.sender, orders[0].request.modelId, bond) {} catch (bytes memory reason) {
            for (uint256 i = 0; i < orders.length; ++i) {
                if (orders[i].kind == Evidence.VANILLA && items[i].fault.length == 0) items[i].fault = reason;
            }
            return 0;
        }
    }

    function _enterClaims(Request calldata common, bytes32 root, uint128 fee, uint128 bond, uint256 count) private {
        // The casts are exact: fees come from reservations, whose sum is a balance; the bond is locked stake.
        Claims memory claims = Claims(uint96(fee), uint88(bond), uint32(block.timestamp), uint32(count));
        _claims[_keyOf(common.node, common.modelId, common.dataNode, root)] = claims;
        emit ClaimsEntered(root, common.node, common.modelId, common.dataNode, claims);
    }

    /// @dev Pairs are sorted; one that is left over moves up.
    function _rootOf(bytes32[] memory nodes, uint256 count) private pure returns (bytes32) {
        for (; count > 1; count = (count + 1) / 2) {
            for (uint256 i = 0; i < count / 2; ++i)
                nodes[i] = Hashes.commutativeKeccak256(nodes[2 * i], nodes[2 * i + 1]);
            if (count % 2 == 1) nodes[count / 2] = nodes[count - 1];
        }
        return nodes[0];
    }

    function _known(bytes32 key, bytes32 root) private view returns (Claims memory claims) {
        claims = _claims[key];
        if (claims.count == 0) revert ClaimsUnknown(root);
    }

    /* VIEWS */

    /// @inheritdoc IOrderSettler
    function reservationOf(address client, address node, address signer) external view returns (Reservation memory) {
        return _reservations[_keyOf(client, node, signer)];
    }

    /// @inheritdoc IOrderSettler
    function claimsOf(
        address node,
        bytes32 modelId,
        address dataNode,
        bytes32 root
    ) external view returns (Claims memory) {
        return _claims[_keyOf(node, modelId, dataNode, root)];
    }

    /// @inheritdoc IOrderSettler
    function market() external view returns (address) {
        return address(MARKET);
    }

    /// @dev The key commits to the signer: there is no slot for it.
    function _keyOf(address client, address node, address signer) private pure returns (bytes32) {
        return keccak256(abi.encode(client, node, signer));
    }

    function _keyOf(address node, bytes32 modelId, address dataNode, bytes32 root) private pure returns (bytes32) {
        return keccak256(abi.encode(node, modelId, dataNode, root));
    }
}
