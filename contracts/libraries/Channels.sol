// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";
import {EfficientHashLib} from "solady/src/utils/EfficientHashLib.sol";

import {IBatchSettler} from "../interfaces/IBatchSettler.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {Channel, CLOSING_TYPEHASH, Voucher, VOUCHER_TYPEHASH} from "../types/Batch.sol";
import {Settler} from "./Settler.sol";

/// @title What clients set aside for the batches of a node
/// @notice The part of `IBatchSettler` that clients see.
abstract contract Channels is IBatchSettler, Settler, EIP712 {
    mapping(bytes32 key => Channel) private _channels;

    constructor(IInferenceMarket market) Settler(market) EIP712("Assay batches", "1") {}

    /// @inheritdoc IBatchSettler
    function reserve(address node, address signer, uint88 amount, uint40 until) external nonReentrant whenAdmitting {
        Channel storage channel = _channels[_channelKey(msg.sender, node, signer)];
        if (signer == address(0)) revert SignerZero();
        // Strictly later once nothing is left, so that a signed closing closes once.
        uint40 earliest = channel.deposited == channel.charged ? channel.until + 1 : channel.until;
        if (until < earliest || until <= block.timestamp || until > type(uint40).max - LONGEST_ORDER) {
            revert ChannelDateInvalid(until, earliest);
        }

        channel.deposited += amount;
        channel.until = until;
        emit ChannelFunded(msg.sender, node, signer, amount, until);

        MARKET.take(msg.sender, amount);
    }

    /// @inheritdoc IBatchSettler
    function release(address node, address signer) external nonReentrant {
        uint40 releasableAt = _channels[_channelKey(msg.sender, node, signer)].until + LONGEST_ORDER;
        if (block.timestamp < releasableAt) revert ChannelActive(releasableAt);

        _release(msg.sender, node, signer);
    }

    /// @inheritdoc IBatchSettler
    function close(address client, address node, address signer, bytes calldata signature) external nonReentrant {
        Channel storage channel = _channels[_channelKey(client, node, signer)];
        bytes32 structHash = keccak256(abi.encode(CLOSING_TYPEHASH, client, signer, channel.count, channel.until));
        address closer = ECDSA.tryRecoverCalldata(_hashTypedDataV4(structHash), signature);
        if (closer != node) revert ClosingSignatureInvalid(closer, node);

        _release(client, node, signer);
    }

    function _release(address client, address node, address signer) private {
        Channel storage channel = _channels[_channelKey(client, node, signer)];
        uint88 amount = channel.deposited - channel.charged;
        if (amount == 0) revert ChannelEmpty(client, node, signer);

        channel.deposited = channel.charged;
        emit ChannelReleased(client, node, signer, amount);

        MARKET.transfer(client, amount);
    }

    function _channelKey(address client, address node, address signer) private pure returns (bytes32) {
        return EfficientHashLib.hash(uint160(client), uint160(node), uint160(signer));
    }

    /// @dev Charges a voucher of the caller's, if it holds.
    /// @return signer Who signed the voucher; zero if it does not hold.
    /// @return reason Selector of the error, zero if there is none: a bad voucher must not stop the others.
    function _draw(
        bytes32 domain,
        Voucher calldata voucher,
        uint256 fromCount,
        uint256 toCount,
        uint256 fromCharge,
        uint256 toCharge
    ) internal returns (address signer, bytes4 reason) {
        uint256 maxCharge = voucher.maxCharge;
        address client = voucher.client;
        bytes32 structHash = EfficientHashLib.hash(
            uint256(VOUCHER_TYPEHASH),
            uint160(client),
            uint160(msg.sender),
            toCount,
            maxCharge
        );
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, structHash);
        signer = ECDSA.tryRecover(digest, voucher.r, voucher.vs);
        Channel storage channel = _channels[_channelKey(client, msg.sender, signer)];
        (uint256 deposited, uint256 charged, uint256 count, uint256 until) = channel.read();
        unchecked {
            // A signer that the client did not name has no channel, and so no date. Two dates do not fill a word.
            if (block.timestamp >= until + LONGEST_ORDER) return (address(0), ChannelExpired.selector);
        }
        if (fromCount != count) return (address(0), ChannelCountMismatch.selector);
        if (fromCharge != charged) return (address(0), ChargeMismatch.selector);
        if (toCharge > maxCharge) return (address(0), ChargeAboveMaximum.selector);
        if (toCharge > deposited) return (address(0), ChargeAboveDeposit.selector);

        channel.write(deposited, toCharge, toCount, until);
    }

    /// @dev Gives back what a batch charged: as money that came anew, because no amount of a channel is ever taken back.
    function _giveBack(address client, address node, address signer, uint256 amount) internal {
        Channel storage channel = _channels[_channelKey(client, node, signer)];
        // The cast is exact. What no channel can hold is lost: else a client could make a challenge revert.
        channel.deposited = uint88(Math.min(channel.deposited + amount, type(uint88).max));
    }

    /// @inheritdoc IBatchSettler
    function channelOf(address client, address node, address signer) external view returns (Channel memory) {
        return _channels[_channelKey(client, node, signer)];
    }
}
