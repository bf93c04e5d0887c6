// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEnsemblePools} from "../interfaces/IEnsemblePools.sol";
import {IMembers} from "../interfaces/IMembers.sol";
import {IPooledConsents} from "../interfaces/IPooledConsents.sol";
import {IProductions} from "../interfaces/IProductions.sol";
import {IRateCard} from "../interfaces/IRateCard.sol";
import {IRecords} from "../interfaces/IRecords.sol";
import {ALL_MODALITIES} from "../interfaces/Types.sol";
import {Rosters} from "../payroll/Rosters.sol";
import {MemberConsents} from "./MemberConsents.sol";

/// @title Many members' consents to the same terms, paid through one ensemble pool
abstract contract PooledConsents is IPooledConsents, MemberConsents {
    using Rosters for bytes;

    struct Modules {
        IMembers members;
        IRecords records;
        IRateCard rateCard;
        IProductions productions;
        IEnsemblePools pools;
    }

    bytes32 private constant REVOCATION_TYPEHASH = keccak256("PoolRevocation(uint32 poolId,uint24 memberId)");
    uint256 private constant SIGNED = 1;
    uint256 private constant REVOKED = 2;

    IRecords private immutable RECORDS;
    IRateCard internal immutable RATE_CARD;
    IProductions internal immutable PRODUCTIONS;
    IEnsemblePools private immutable POOLS;

    mapping(uint32 poolId => Deal) internal _deals;
    mapping(uint32 poolId => mapping(uint24 memberId => uint256 state)) private _signed;

    constructor(Modules memory modules) MemberConsents(modules.members) {
        RECORDS = modules.records;
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
        POOLS = modules.pools;
    }

    /// @inheritdoc IPooledConsents
    function sign(uint32 poolId, Signer[] calldata signers) external {
        Deal memory deal = _inForce(poolId);
        PRODUCTIONS.requireOpen(deal.productionId, msg.sender);
        require(signers.length > 0, NoSigners());
        // Who signs after the last use would never be paid.
        require(deal.usesLeft > 0, UsesExceeded(poolId, 1, 0));
        // No use was made of those who sign now: they are promised one, whatever came before.
        if (deal.used) _deals[poolId].used = false;
        bytes[] memory rosters = new bytes[](1);
        uint256 units;
        for (uint256 i = 0; i < signers.length; i++) {
            Signer calldata signer = signers[i];
            _take(poolId, deal, signer);
            units += signer.units;
            rosters[0] = abi.encodePacked(rosters[0], signer.memberId, signer.units);
        }
        POOLS.seat(poolId, rosters);
        POOLS.reserveForPool(poolId, deal.price, uint64(units) * deal.usesLeft);
    }

    /// @inheritdoc IPooledConsents
    function revoke(IEnsemblePools.Chunk calldata chunk, uint16 position, bytes calldata signature) external {
        uint32 poolId = chunk.poolId;
        // Afterwards nothing can be used, and a revocation would only forgo the use that is promised.
        Deal memory deal = _inForce(poolId);
        require(position < chunk.roster.seats(), IEnsemblePools.NoSuchSeat(position));
        uint256 seat = chunk.roster.seatAt(position);
        uint24 memberId = Rosters.memberOf(seat);
        uint64 units = uint64(Rosters.unitsOf(seat));
        _requireRevoker(memberId, keccak256(abi.encode(REVOCATION_TYPEHASH, poolId, memberId)), signature);
        _signed[poolId][memberId] = REVOKED;
        emit PoolConsentRevoked(poolId, memberId, uint32(units));
        uint16[] memory seats = new uint16[](1);
        seats[0] = position;
        // The pool refuses a roster or a seat that isn't there.
        POOLS.unseat(chunk, seats);
        POOLS.releaseFromPool(poolId, deal.price, units * deal.usesLeft);
    }

    /// @inheritdoc IPooledConsents
    function close(uint32 poolId) external {
        Deal memory deal = _open(poolId);
        IProductions.Production memory production = PRODUCTIONS.productionOf(deal.productionId);
        require(
            block.timestamp >= deal.expires || production.status == IProductions.Status.CANCELLED,
            StillInForce(poolId, deal.expires)
        );
        uint64 units = POOLS.poolOf(poolId).units;
        bool unused = !deal.used && units > 0;
        if (unused) _charge(poolId, deal, 1);
        _deals[poolId].closed = true;
        emit PoolDealClosed(poolId, unused);
        uint32 usesLeft = _deals[poolId].usesLeft;
        if (units > 0 && usesLeft > 0) POOLS.releaseFromPool(poolId, deal.price, units * usesLeft);
    }

    /// @inheritdoc IPooledConsents
    function dealOf(uint32 poolId) external view returns (Deal memory) {
        return _deals[poolId];
    }

    /// @inheritdoc IPooledConsents
    function hasSigned(uint32 poolId, uint24 memberId) external view returns (bool) {
        return _signed[poolId][memberId] == SIGNED;
    }

    /// @dev The consent that a member signs: the terms with their own number, units, nonce and deadline.
    function _consentTypehash() internal pure virtual returns (bytes32);

    function _openDeal(Deal memory deal, bool background) internal returns (uint32 poolId) {
        IProductions.Production memory production = PRODUCTIONS.requireOpen(deal.productionId, msg.sender);
        require(
            deal.notBefore >= production.starts && deal.notBefore < deal.expires && deal.expires <= production.ends
                && deal.expires > block.timestamp,
            OutsideSchedule(deal.notBefore, deal.expires, production.starts, production.ends)
        );
        require(deal.modalities > 0 && deal.modalities <= ALL_MODALITIES && deal.usesLeft > 0, EmptyTerms());
        poolId = POOLS.openPool(deal.productionId, background);
        _deals[poolId] = deal;
    }

    /// @dev Least fees and rules of the version in effect, which the terms must name. The longest term is a minor's:
    /// terms are the same for all.
    function _checkTerm(uint16 version, uint8 modalities, uint40 notBefore, uint40 expires)
        internal
        view
        returns (uint64 trainingFee)
    {
        uint16 termDays;
        (, trainingFee, termDays,) = RATE_CARD.currentTerms(version, modalities, true, true);
        if (expires <= notBefore) return trainingFee; // not a window at all, which `_openDeal` refuses
        uint256 longest = uint256(termDays) * 1 days;
        require(expires - notBefore <= longest, TermTooLong(expires - notBefore, longest));
    }

    function _use(uint32 poolId, Deal memory deal, uint32 uses) internal {
        require(
            block.timestamp >= deal.notBefore && block.timestamp < deal.expires,
            OutsideWindow(poolId, deal.notBefore, deal.expires)
        );
        require(uses <= deal.usesLeft, UsesExceeded(poolId, uses, deal.usesLeft));
        _charge(poolId, deal, uses);
    }

    /// @dev Terms that are neither closed nor over.
    function _inForce(uint32 poolId) internal view returns (Deal memory deal) {
        deal = _open(poolId);
        require(block.timestamp < deal.expires, OutsideWindow(poolId, deal.notBefore, deal.expires));
    }

    function _charge(uint32 poolId, Deal memory deal, uint32 uses) private {
        _deals[poolId].usesLeft = deal.usesLeft - uses;
        _deals[poolId].used = true;
        POOLS.chargePool(poolId, deal.price, uses);
    }

    function _take(uint32 poolId, Deal memory deal, Signer calldata s) private {
        require(_signed[poolId][s.memberId] == 0, AlreadySigned(poolId, s.memberId));
        require(
            RECORDS.covers(s.memberId, deal.productionId, deal.modalities), RecordsMissing(s.memberId, deal.modalities)
        );
        _signed[poolId][s.memberId] = SIGNED;
        bytes32 structHash =
            keccak256(abi.encode(_consentTypehash(), poolId, s.memberId, s.units, deal.termsHash, s.nonce, s.deadline));
        _takeConsent(s.memberId, s.nonce, s.deadline, structHash, s.signature);
        emit PoolConsented(poolId, s.memberId, s.units, s.nonce);
    }

    function _open(uint32 poolId) private view returns (Deal memory deal) {
        deal = _deals[poolId];
        require(deal.expires > 0, NoDeal(poolId));
        require(!deal.closed, DealIsClosed(poolId));
    }
}
