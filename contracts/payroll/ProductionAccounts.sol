// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "../interfaces/IPayroll.sol";
import {IRateCard} from "../interfaces/IRateCard.sol";
import {Charge, licenceIdOf} from "../interfaces/Types.sol";
import {MemberAccounts} from "./MemberAccounts.sol";
import {Split} from "./Split.sol";

/// @title What studios have paid in, what is reserved, and what is charged
/// @dev A free balance comes from a uint64, so no single charge's benefits or levy can reach 2^56 (72 billion dollars).
abstract contract ProductionAccounts is MemberAccounts {
    using Split for uint64;

    mapping(uint24 productionId => ProductionAccount) private _productions;
    mapping(uint256 licenceId => LicenceAccount) private _licences;

    /// @inheritdoc IPayroll
    function productionAccount(uint24 productionId) external view returns (ProductionAccount memory) {
        return _productions[productionId];
    }

    /// @inheritdoc IPayroll
    function licenceAccount(uint24 productionId, uint24 memberId) external view returns (LicenceAccount memory) {
        return _loadLicence(productionId, memberId);
    }

    function _openProductionAccount(uint24 productionId) internal {
        _productions[productionId].open = true;
    }

    function _load(uint24 productionId) internal view returns (ProductionAccount memory account) {
        account = _productions[productionId];
        require(account.open, NoProductionAccount(productionId));
    }

    function _store(uint24 productionId, ProductionAccount memory account) internal {
        _productions[productionId] = account;
    }

    function _loadLicence(uint24 productionId, uint24 memberId) internal view returns (LicenceAccount memory) {
        return _licences[licenceIdOf(productionId, memberId)];
    }

    function _storeLicence(uint24 productionId, uint24 memberId, LicenceAccount memory licence) internal {
        _licences[licenceIdOf(productionId, memberId)] = licence;
    }

    function _openLicence(
        uint24 productionId,
        uint24 memberId,
        IRateCard.Rates calldata rates,
        uint64 licenceFee,
        uint64 trainingFee
    ) internal {
        LicenceAccount memory licence = LicenceAccount({
            counted: 0,
            ceiling: rates.benefitsCeiling,
            version: rates.version,
            premiumShareBps: rates.premiumShareBps,
            benefitsBps: rates.benefitsBps,
            backgroundBenefitsBps: rates.backgroundBenefitsBps,
            duesBps: rates.duesBps,
            levyBps: rates.levyBps
        });
        ProductionAccount memory account = _loadSolvent(productionId);
        uint256 ref = licenceIdOf(productionId, memberId);
        Parts memory fee = _takeFree(productionId, account, licence, licenceFee, false);
        _emitCharged(productionId, memberId, ref, Charge.LICENCE_FEE, fee);
        if (trainingFee > 0) {
            Parts memory training = _takeFree(productionId, account, licence, trainingFee, false);
            _emitCharged(productionId, memberId, ref, Charge.TRAINING_FEE, training);
            fee.gross += training.gross;
            fee.dues += training.dues;
        }
        _store(productionId, account);
        _storeLicence(productionId, memberId, licence);
        _credit(memberId, fee.gross - fee.dues, fee.dues);
    }

    function _chargeFree(uint24 productionId, uint24 memberId, Charge kind, uint256 ref, uint64 gross) internal {
        ProductionAccount memory account = _loadSolvent(productionId);
        LicenceAccount memory licence = _loadLicence(productionId, memberId);
        Parts memory parts = _takeFree(productionId, account, licence, gross, false);
        _store(productionId, account);
        _storeLicence(productionId, memberId, licence);
        _creditParts(productionId, memberId, ref, kind, parts);
    }

    function _reserve(Reserve calldata r) internal returns (uint64 counted) {
        ProductionAccount memory account = _loadSolvent(r.productionId);
        LicenceAccount memory licence = _loadLicence(r.productionId, r.memberId);
        Parts memory fee = _takeFree(r.productionId, account, licence, r.fee, r.background);

        uint64 held = _heldFor(licence, r);
        require(account.free >= held, InsufficientBalance(r.productionId, account.free, held));
        account.free -= held;
        account.reserved += held;
        counted = _count(licence, r.price * r.iterations);
        _store(r.productionId, account);
        _storeLicence(r.productionId, r.memberId, licence);
        emit Reserved(r.productionId, r.memberId, r.grantId, held, counted);
        _creditParts(r.productionId, r.memberId, r.grantId, Charge.SCENE_FEE, fee);
    }

    function _chargeIterations(
        uint24 productionId,
        uint24 memberId,
        uint256 grantId,
        uint64 price,
        uint32 iterations,
        uint64 countedLeft,
        bool background
    ) internal returns (uint64 counted) {
        LicenceAccount memory licence = _loadLicence(productionId, memberId);
        uint16 bps = _benefitsBps(licence, background);
        Parts memory parts;
        parts.gross = price * iterations;
        counted = parts.gross < countedLeft ? parts.gross : countedLeft;
        parts.counted = counted;
        parts.benefits = (counted / price) * price.shareUp(bps) + (counted % price).shareUp(bps);
        parts.levy = iterations * price.shareUp(licence.levyBps);
        parts.dues = iterations * price.shareDown(licence.duesBps);

        ProductionAccount memory account = _load(productionId);
        uint64 held = iterations * _withOnTop(licence, price, bps);
        account.reserved -= held;
        account.free += held - parts.gross - parts.benefits - parts.levy;
        account.benefits += uint56(parts.benefits);
        account.levy += uint56(parts.levy);
        _store(productionId, account);
        _creditParts(productionId, memberId, grantId, Charge.ITERATION_FEE, parts);
    }

    function _release(Reserve calldata r, uint64 countedLeft) internal {
        ProductionAccount memory account = _load(r.productionId);
        LicenceAccount memory licence = _loadLicence(r.productionId, r.memberId);
        uint64 held = _heldFor(licence, r);
        account.reserved -= held;
        account.free += held;
        licence.counted -= countedLeft;
        _store(r.productionId, account);
        _storeLicence(r.productionId, r.memberId, licence);
        emit Released(r.productionId, r.memberId, r.grantId, held, countedLeft);
    }

    /// @dev Takes gross, benefits and levy from the free balance in memory.
    function _takeFree(
        uint24 productionId,
        ProductionAccount memory account,
        LicenceAccount memory licence,
        uint64 gross,
        bool background
    ) internal pure returns (Parts memory parts) {
        parts = _parts(licence, gross, background);
        _pay(productionId, account, parts);
        account.benefits += uint56(parts.benefits);
        account.levy += uint56(parts.levy);
    }

    /// @dev Takes gross, benefits and levy out of the free balance.
    function _pay(uint24 productionId, ProductionAccount memory account, Parts memory parts) internal pure {
        uint64 cost = parts.gross + parts.benefits + parts.levy;
        require(account.free >= cost, InsufficientBalance(productionId, account.free, cost));
        account.free -= cost;
    }

    /// @dev Splits a gross amount and counts it towards the ceiling.
    function _parts(LicenceAccount memory licence, uint64 gross, bool background)
        internal
        pure
        returns (Parts memory parts)
    {
        parts.gross = gross;
        parts.counted = _count(licence, gross);
        parts.benefits = parts.counted.shareUp(_benefitsBps(licence, background));
        parts.levy = gross.shareUp(licence.levyBps);
        parts.dues = gross.shareDown(licence.duesBps);
    }

    /// @dev Gross plus the most benefits and levy it can bring.
    function _withOnTop(LicenceAccount memory licence, uint64 gross, uint16 bps) internal pure returns (uint64) {
        return gross + gross.shareUp(bps) + gross.shareUp(licence.levyBps);
    }

    function _benefitsBps(LicenceAccount memory licence, bool background) internal pure returns (uint16) {
        return background ? licence.backgroundBenefitsBps : licence.benefitsBps;
    }

    /// @dev Counts towards the benefits ceiling, as far as it has room.
    function _count(LicenceAccount memory licence, uint64 gross) internal pure returns (uint64 counted) {
        uint64 room = licence.ceiling - licence.counted;
        counted = gross < room ? gross : room;
        licence.counted += counted;
    }

    function _loadSolvent(uint24 productionId) private view returns (ProductionAccount memory account) {
        account = _load(productionId);
        require(!account.inArrears, InArrears(productionId));
    }

    /// @dev Reserve is held at the full benefits rate even near the ceiling; what isn't needed turns free with each use.
    function _heldFor(LicenceAccount memory licence, Reserve calldata r) private pure returns (uint64) {
        uint16 bps = _benefitsBps(licence, r.background);
        return r.iterations * _withOnTop(licence, r.price, bps) + _withOnTop(licence, r.floor, bps);
    }

    function _creditParts(uint24 productionId, uint24 memberId, uint256 ref, Charge kind, Parts memory parts) internal {
        _emitCharged(productionId, memberId, ref, kind, parts);
        _credit(memberId, parts.gross - parts.dues, parts.dues);
    }

    function _emitCharged(uint24 productionId, uint24 memberId, uint256 ref, Charge kind, Parts memory parts) private {
        emit Charged(productionId, memberId, ref, kind, parts);
    }
}
