// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IInferenceMarket} from "./interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IOrderSettler} from "./interfaces/IOrderSettler.sol";
import {Admission} from "./libraries/Admission.sol";
import {FeeSplit} from "./libraries/FeeSplit.sol";
import {Finality} from "./libraries/Finality.sol";
import {Settler} from "./libraries/Settler.sol";
import {SortedTree} from "./libraries/SortedTree.sol";
import {Evidence, EvidenceSet} from "./types/Evidence.sol";
import {Terms} from "./types/Model.sol";
import {Claims, Order, Reservation} from "./types/Order.sol";
import {Role} from "./types/Node.sol";
import {Request, structHashOf} from "./types/Request.sol";
import {RequestId} from "./types/RequestId.sol";
import {Result, Statement, resultsDigest} from "./types/Result.sol";

/// @title Reservations, signed orders, and claims under one root
/// @notice See `IOrderSettler`.
contract OrderSettler is IOrderSettler, Settler {
    EvidenceSet private constant CLAIM = EvidenceSet.wrap(uint8(1 << uint8(Evidence.VANILLA)));

    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant NAME = keccak256("Assay orders");
    bytes32 private constant VERSION = keccak256("1");

    /// @dev What orders that are brought together come to.
    struct Sums {
        uint128 paid; // fees of those that are final
        uint128 claimed; // fees of claims
        uint128 bond; // of claims
        bytes32[] shared; // digests of results that one signature proves
        uint256 sharedCount;
        bytes32[] claims; // digests of claims, then their tree
        uint256 claimCount;
        address key; // of an enclave, that counts
        bool proved; // all that have proofs
    }

    mapping(bytes32 key => Reservation) private _reservations;
    mapping(bytes32 key => Claims) private _claims;

    bytes32 private immutable DOMAIN;

    constructor(IInferenceMarket market_) Settler(market_) {
        DOMAIN = _makeDomain();
    }

    /* RESERVE */

    /// @inheritdoc IOrderSettler
    function reserve(address node, uint96 amount, uint40 until, address signer) external nonReentrant whenAdmitting {
        Reservation storage reservation = _reservations[_keyOf(msg.sender, node, signer)];
        if (amount == 0) revert AmountZero();
        if (signer == address(0)) revert IInferenceMarket.AccountZero();
        if (!NODES.isActive(node, Role.INFERENCE)) revert INodeRegistry.NodeInactive(node);
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
    function fulfilOrder(Order calldata order, bytes calldata evidence) external nonReentrant {
        Request calldata request = order.request;
        bytes32 domain = _marketDomain();
        bytes32 structHash = structHashOf(request);
        RequestId id = _idFrom(domain, structHash);
        Evidence kind = order.kind;
        Terms memory terms = _termsOf(request.modelId);
        if (!_settlesHere(request, kind, terms)) {
            _openInMarket(order, structHash);
            MARKET.fulfil(request, _resultOf(order), kind, evidence);
            return;
        }
        Admission.raise(_faultOf(order, kind, terms));
        bytes32 digest = _resultDigest(domain, id, order.outputCommitment, order.units, msg.sender);
        Sums memory sums;
        if (!_isProved(order, id, digest, kind, evidence, sums)) revert IInferenceMarket.EvidenceInvalid(id, kind);
        uint128 fee = _feeOf(order);
        Admission.raise(_draw(order, structHash, fee));

        if (kind == Evidence.VANILLA) {
            emit OrderClaimed(id, request.node, order.outputCommitment, order.units);
            _enterClaims(request.modelId, request.dataNode, digest, fee, terms.bond + request.declaredValue, 1);
        } else {
            emit OrderSettled(id, request.node, order.outputCommitment, order.units);
            _pay(request.node, request.dataNode, fee);
        }
    }

    /// @inheritdoc IOrderSettler
    function fulfilOrderAndCall(
        Order calldata order,
        bytes calldata evidence,
        bytes calldata output
    ) external nonReentrant {
        _openInMarket(order, structHashOf(order.request));
        MARKET.fulfilAndCall(order.request, _resultOf(order), order.kind, evidence, output);
    }

    /// @inheritdoc IOrderSettler
    function fulfilOrders(
        Order[] calldata orders,
        bytes[] calldata evidence,
        bytes calldata signature
    ) external nonReentrant {
        if (orders.length == 0) revert OrdersEmpty();
        (bytes32 modelId, address dataNode) = (orders[0].request.modelId, orders[0].request.dataNode);
        Terms memory terms = _termsOf(modelId);
        bytes32 domain = _marketDomain();
        Sums memory sums;
        if (evidence.length > orders.length) revert EvidenceWithoutOrder(evidence.length, orders.length);
        sums.proved = _areProved(orders, evidence);
        sums.shared = new bytes32[](orders.length);
        sums.claims = new bytes32[](2 * orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            Order calldata order = orders[i];
            Request calldata request = order.request;
            bytes32 structHash = structHashOf(request);
            RequestId id = _idFrom(domain, structHash);
            bytes32 digest = _resultDigest(domain, id, order.outputCommitment, order.units, msg.sender);
            bytes calldata own = i < evidence.length ? evidence[i] : signature[:0];
            bool isShared = order.kind == Evidence.TEE && own.length == 0;
            // Of those that are skipped too: the enclave signed before it could know.
            if (isShared) sums.shared[sums.sharedCount++] = digest;
            bytes memory fault =
                request.modelId == modelId && request.dataNode == dataNode
                    ? _settle(order, id, structHash, digest, own, isShared, terms, sums)
                    : abi.encodeWithSelector(OrderUnlike.selector, id);
            if (fault.length != 0) emit OrderRefused(id, msg.sender, fault);
        }

        if (sums.sharedCount != 0) _requireSigned(modelId, sums, signature);
        if (sums.paid != 0) _pay(msg.sender, dataNode, sums.paid);
        if (sums.claimCount != 0) {
            _enterClaims(
                modelId,
                dataNode,
                SortedTree.rootOf(sums.claims, sums.claimCount),
                sums.claimed,
                sums.bond,
                sums.claimCount
            );
        }
    }

    /// @dev Settles one of many, or returns what is wrong with it before anything of it was written.
    function _settle(
        Order calldata order,
        RequestId id,
        bytes32 structHash,
        bytes32 digest,
        bytes calldata evidence,
        bool isShared,
        Terms memory terms,
        Sums memory sums
    ) private returns (bytes memory fault) {
        Request calldata request = order.request;
        Evidence kind = order.kind;
        if (!_settlesHere(request, kind, terms)) return abi.encodeWithSelector(OrderUnlike.selector, id);
        fault = _faultOf(order, kind, terms);
        if (fault.length != 0) return fault;
        if (!isShared && !_isProved(order, id, digest, kind, evidence, sums)) {
            return abi.encodeWithSelector(IInferenceMarket.EvidenceInvalid.selector, id, kind);
        }
        uint128 fee = _feeOf(order);
        fault = _draw(order, structHash, fee);
        if (fault.length != 0) return fault;

        if (kind != Evidence.VANILLA) {
            emit OrderSettled(id, msg.sender, order.outputCommitment, order.units);
            sums.paid += fee;
        } else {
            emit OrderClaimed(id, msg.sender, order.outputCommitment, order.units);
            sums.claims[sums.claimCount++] = digest;
            sums.claimed += fee;
            sums.bond += terms.bond + request.declaredValue;
        }
    }

    /// @dev Whether the order leaves no record: nobody relies on it on chain, and nothing but a window can still come.
    function _settlesHere(Request calldata request, Evidence kind, Terms memory terms) private pure returns (bool) {
        if (request.consumer != address(0)) return false;
        EvidenceSet required = request.requiredEvidence;
        if (kind == Evidence.VANILLA) return required.isEmpty();
        return Finality.isImmediate(_presentWith(kind), required, terms.teeWindow);
    }

    /// @dev With a record, as if the client had opened it: `maxFee` comes from its reservation.
    function _openInMarket(Order calldata order, bytes32 structHash) private {
        Request calldata request = order.request;
        if (request.node != msg.sender) revert IInferenceMarket.NodeMismatch(request.node, msg.sender);
        Admission.raise(_draw(order, structHash, request.maxFee));
        MARKET.openSigned(request);
    }

    /// @dev What is wrong with an order besides its evidence and its reservation.
    function _faultOf(Order calldata order, Evidence kind, Terms memory terms) private view returns (bytes memory) {
        Request calldata request = order.request;
        if (request.node != msg.sender) {
            return abi.encodeWithSelector(IInferenceMarket.NodeMismatch.selector, request.node, msg.sender);
        }
        uint40 fixedUnits = terms.unitsPerInference;
        if (fixedUnits != 0 && order.units != fixedUnits) {
            return abi.encodeWithSelector(IInferenceMarket.UnitsMismatch.selector, order.units, fixedUnits);
        }
        if (!terms.paths.has(kind)) {
            return abi.encodeWithSelector(IModelRegistry.PathUnavailable.selector, request.modelId, kind);
        }
        return Admission.faultOf(request, terms, WINDOWS, 0, nodeRegistry);
    }

    /// @dev Takes `amount` from the reservation for the caller and marks the nonce, unless one of the two cannot be.
    function _draw(Order calldata order, bytes32 structHash, uint128 amount) private returns (bytes memory) {
        Request calldata request = order.request;
        (address client, address node) = (request.client, msg.sender);
        (address signer, , ) = ECDSA.tryRecover(
            MessageHashUtils.toTypedDataHash(_domain(), structHash),
            order.r,
            order.vs
        );
        Reservation storage stored = _reservations[_keyOf(client, node, signer)];
        // In memory, so that it is one write.
        Reservation memory reservation = stored;
        uint96 reserved = reservation.amount;
        if (signer == address(0) || reserved < amount) {
            return abi.encodeWithSelector(ReservationExceeded.selector, client, node, signer, reserved, amount);
        }
        uint40 latest;
        unchecked {
            // No reservation has a date for which this would not fit.
            latest = reservation.until + LONGEST_ORDER;
        }
        if (request.deliverBy > latest) {
            return abi.encodeWithSelector(ReservationTooShort.selector, request.deliverBy, latest);
        }
        uint64 nonce = request.nonce;
        if (nonce > type(uint40).max) return abi.encodeWithSelector(NonceTooLarge.selector, nonce);
        if (!reservation.use(nonce)) return abi.encodeWithSelector(NonceUsed.selector, client, node, nonce);

        // The cast is exact: the reservation holds as much.
        reservation.amount = reserved - uint96(amount);
        stored.write(reservation);
        return "";
    }

    /// @dev Of its own, so that an order is worth nothing elsewhere; after a fork of the chain another. OpenZeppelin's EIP712 would
    /// be 600 bytes too large.
    function _domain() private view returns (bytes32) {
        return block.chainid == CHAIN ? DOMAIN : _makeDomain();
    }

    function _makeDomain() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME, VERSION, block.chainid, address(this)));
    }

    /* EVIDENCE */

    function _presentWith(Evidence kind) private pure returns (EvidenceSet) {
        return CLAIM.plus(kind);
    }

    /// @dev Whether the evidence proves the result; a claim has none.
    function _isProved(
        Order calldata order,
        RequestId id,
        bytes32 digest,
        Evidence kind,
        bytes calldata evidence,
        Sums memory sums
    ) private view returns (bool) {
        if (kind == Evidence.VANILLA) return evidence.length == 0;
        Request calldata request = order.request;
        if (kind == Evidence.TEE) return _isSigned(digest, request.modelId, evidence, sums);
        // That all proofs hold says nothing of an order without one.
        if (sums.proved) return evidence.length != 0;
        Statement memory statement = Statement(id, digest, request.modelId, request.inputCommitment, _resultOf(order));
        try ZKML_VERIFIER.verify(statement, evidence) returns (bool proved) {
            return proved;
        } catch (bytes memory reason) {
            _requireGas(reason);
            return false;
        }
    }

    /// @dev Whether the proofs of all orders that have one hold. If not, or if there is but one, each is verified by itself.
    function _areProved(Order[] calldata orders, bytes[] calldata evidence) private view returns (bool) {
        uint256 count;
        for (uint256 i = 0; i < evidence.length; ++i) if (orders[i].kind == Evidence.ZKML) ++count;
        if (count < 2) return false;
        Statement[] memory statements = new Statement[](count);
        bytes[] memory proofs = new bytes[](count);
        count = 0;
        for (uint256 i = 0; i < evidence.length; ++i) {
            Order calldata order = orders[i];
            if (order.kind != Evidence.ZKML) continue;
            Request calldata request = order.request;
            RequestId id = _idOf(request);
            bytes32 digest = _resultDigest(_marketDomain(), id, order.outputCommitment, order.units, msg.sender);
            statements[count] = Statement(id, digest, request.modelId, request.inputCommitment, _resultOf(order));
            proofs[count++] = evidence[i];
        }
        try ZKML_VERIFIER.verifyBatch(statements, proofs) returns (bool proved) {
            return proved;
        } catch (bytes memory reason) {
            _requireGas(reason);
            return false;
        }
    }

    /// @dev That is the caller's fault, not the proof's: else an estimate of gas would be of proofs that were skipped.
    function _requireGas(bytes memory reason) private pure {
        if (bytes4(reason) == IGroth16Verifier.VerificationGasTooLow.selector) Admission.raise(reason);
    }

    /// @dev Whether an enclave of the caller signed the digest. Of one key the registry is asked once.
    function _isSigned(
        bytes32 digest,
        bytes32 modelId,
        bytes calldata signature,
        Sums memory sums
    ) private view returns (bool) {
        (address key, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (key == address(0)) return false;
        if (key == sums.key) return true;
        if (!TEE_VERIFIER.counts(key, msg.sender, modelId)) return false;
        sums.key = key;
        return true;
    }

    /// @dev That an enclave signed all results that have no evidence of their own.
    function _requireSigned(bytes32 modelId, Sums memory sums, bytes calldata signature) private view {
        bytes32[] memory digests = sums.shared;
        uint256 count = sums.sharedCount;
        assembly ("memory-safe") {
            mstore(digests, count)
        }
        bytes32 digest = resultsDigest(digests);
        if (!_isSigned(digest, modelId, signature, sums)) revert SignatureInvalid(digest);
    }

    function _resultOf(Order calldata order) private view returns (Result memory) {
        return Result(order.outputCommitment, order.units, msg.sender);
    }

    function _feeOf(Order calldata order) private pure returns (uint128) {
        Request calldata request = order.request;
        return FeeSplit.feeOf(order.units, request.unitPrice, request.maxFee);
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
        if (
            !MerkleProof.verifyCalldata(
                proof,
                root,
                _resultDigest(_marketDomain(), id, result.outputCommitment, result.units, result.node)
            )
        ) revert ClaimNotIncluded(root, id);

        // The casts are exact: it is part of the sums.
        claims.fee -= uint96(FeeSplit.feeOf(result.units, request.unitPrice, request.maxFee));
        claims.bond -= uint88(_termsOf(request.modelId).bond + request.declaredValue);
        if (--claims.count == 0) delete _claims[key];
        else _claims[key] = claims;
        emit ClaimExtracted(root, id);
        // The market refuses one that it has already; the stake behind it stays locked.
        MARKET.enterClaim(request, result, claims.clock);
    }

    function _enterClaims(
        bytes32 modelId,
        address dataNode,
        bytes32 root,
        uint128 fee,
        uint128 bond,
        uint256 count
    ) private {
        // Whoever checks claims reads their requests in the transaction, so its call must be this one: that of an account that
        // can make no calls of its own.
        // solhint-disable-next-line avoid-tx-origin
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert ClaimHidden(msg.sender);

        NODES.lockBond(msg.sender, modelId, bond);
        // Truncated, they could be neither challenged nor unlocked. The other casts are exact until 2106.
        bytes32 key = _keyOf(msg.sender, modelId, dataNode, root);
        if (_claims[key].count != 0) revert ClaimsExist(root);
        Claims memory claims = Claims(
            SafeCast.toUint96(fee),
            SafeCast.toUint88(bond),
            uint32(block.timestamp),
            uint32(count)
        );
        _claims[key] = claims;
        emit ClaimsEntered(root, msg.sender, modelId, dataNode, claims);
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
