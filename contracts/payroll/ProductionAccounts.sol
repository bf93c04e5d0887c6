// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPayroll} from "../interfaces/IPayroll.sol";
import {IRateCard} from "../interfaces/IRateCard.sol";
import {Charge, licenceIdOf} from "../interfaces/Types.sol";
import {MemberAccounts} from "./MemberAccounts.sol";
import {Split} from "./Split.sol";
import {LicenceWord, LicenceWords, ProductionWord, ProductionWords} from "./Words.sol";

/// @title What studios have paid in, what is reserved, and what is charged
/// @dev Amounts enter as 64 bits and are worked on as 256, where sums and products of them can't overflow; lanes of
/// the words check them on the way back.
abstract contract ProductionAccounts is MemberAccounts {
    using Split for uint256;

    /// @inheritdoc IPayroll
    function productionAccount(uint24 productionId) external view returns (ProductionAccount memory) {
        return _productions[productionId].word.unpack();
    }

    /// @inheritdoc IPayroll
    function licenceAccount(uint24 productionId, uint24 memberId) external view returns (LicenceAccount memory) {
        return _licences[licenceIdOf(productionId, memberId)].unpack();
    }

    /// @inheritdoc IPayroll
    function licenceWord(uint256 licenceId) external view returns (LicenceWord) {
        return _licences[licenceId];
    }

    function _openProductionAccount(uint24 productionId) internal {
        _productions[productionId].word = ProductionWords.opened();
    }

    function _openLicence(
        uint24 productionId,
        uint24 memberId,
        IRateCard.Rates calldata rates,
        uint64 licenceFee,
        uint64 trainingFee
    ) internal {
        uint256 ref = licenceIdOf(productionId, memberId);
        LicenceWord licence = LicenceWords.from(rates);
        ProductionWord account = _loadSolvent(productionId);
        Parts memory fee;
        (account, licence) = _take(productionId, account, licence, licenceFee, false, fee);
        emit Charged(ref, ref, Charge.LICENCE_FEE, fee);
        uint256 net = fee.gross - fee.dues;
        uint256 dues = fee.dues;
        if (trainingFee > 0) {
            (account, licence) = _take(productionId, account, licence, trainingFee, false, fee);
            emit Charged(ref, ref, Charge.TRAINING_FEE, fee);
            net += fee.gross - fee.dues;
            dues += fee.dues;
        }
        _productions[productionId].word = account;
        _licences[ref] = licence;
        _credit(memberId, net, dues);
    }

    function _chargeFree(uint24 productionId, uint24 memberId, Charge kind, uint256 ref, uint64 gross) internal {
        uint256 licenceId = licenceIdOf(productionId, memberId);
        Parts memory parts;
        (_productions[productionId].word, _licences[licenceId]) =
            _take(productionId, _loadSolvent(productionId), _licences[licenceId], gross, false, parts);
        emit Charged(licenceId, ref, kind, parts);
        _credit(memberId, parts.gross - parts.dues, parts.dues);
    }

    function _reserve(Reserve calldata r) internal returns (uint64 counted) {
        uint24 productionId = r.productionId;
        uint256 licenceId = licenceIdOf(productionId, r.memberId);
        ProductionWord account = _loadSolvent(productionId);
        LicenceWord licence = _licences[licenceId];
        Parts memory fee;
        (account, licence) = _take(productionId, account, licence, r.fee, r.background, fee);

        uint256 held = _heldFor(licence, r);
        require(account.free() >= held, InsufficientBalance(productionId, account.free(), held));
        uint256 gross = uint256(r.price) * r.iterations;
        counted = _least(gross, licence.room());
        _productions[productionId].word = account.subFree(held).addReserved(held);
        _licences[licenceId] = licence.count(counted);
        emit Reserved(licenceId, r.grantId, uint64(held), counted);
        emit Charged(licenceId, r.grantId, Charge.SCENE_FEE, fee);
        _credit(r.memberId, fee.gross - fee.dues, fee.dues);
    }

    /// @dev All amounts are per iteration, so that how uses are batched changes nothing.
    function _chargeIterations(
        uint24 productionId,
        uint24 memberId,
        uint256 grantId,
        uint256 price,
        uint256 iterations,
        uint256 countedLeft,
        bool background
    ) internal returns (uint256) {
        Parts memory parts;
        ProductionSlot storage slot = _productions[productionId];
        slot.word = _takeReserved(
            slot.word, _licences[licenceIdOf(productionId, memberId)], price, iterations, countedLeft, background, parts
        );
        emit IterationsCharged(
            grantId,
            uint256(parts.gross) | (uint256(parts.dues) << 64) | (uint256(parts.benefits) << 128)
                | (uint256(parts.levy) << 192)
        );
        _credit(memberId, parts.gross - parts.dues, parts.dues);
        return parts.counted;
    }

    function _takeReserved(
        ProductionWord account,
        LicenceWord licence,
        uint256 price,
        uint256 iterations,
        uint256 countedLeft,
        bool background,
        Parts memory parts
    ) private pure returns (ProductionWord) {
        unchecked {
            uint256 bps = licence.benefitsBps(background);
            uint256 gross = price * iterations;
            uint256 benefits = iterations * price.shareUp(bps);
            uint256 levy = iterations * price.shareUp(licence.levyBps());
            account = account.subReserved(gross + benefits + levy);
            uint256 counted = _least(gross, countedLeft);
            if (counted < gross) {
                // Near the ceiling: what was reserved for benefits and isn't due turns free.
                uint256 less = (counted / price) * price.shareUp(bps) + (counted % price).shareUp(bps);
                account = account.addFree(benefits - less);
                benefits = less;
            }
            parts.gross = uint64(gross);
            parts.dues = uint64(iterations * price.shareDown(licence.duesBps()));
            parts.benefits = uint64(benefits);
            parts.levy = uint64(levy);
            parts.counted = uint64(counted);
            return account.addOnTop(benefits, levy);
        }
    }

    function _release(Reserve calldata r, uint64 countedLeft) internal {
        uint256 licenceId = licenceIdOf(r.productionId, r.memberId);
        LicenceWord licence = _licences[licenceId];
        uint256 held = _heldFor(licence, r);
        _productions[r.productionId].word = _load(r.productionId).subReserved(held).addFree(held);
        _licences[licenceId] = licence.uncount(countedLeft);
        emit Released(licenceId, r.grantId, uint64(held), countedLeft);
    }

    /// @dev Takes a gross amount with what comes on top out of the free balance, and counts it towards the ceiling.
    /// The parts are written to `parts`.
    function _take(
        uint24 productionId,
        ProductionWord account,
        LicenceWord licence,
        uint256 gross,
        bool background,
        Parts memory parts
    ) internal pure returns (ProductionWord, LicenceWord) {
        licence = _split(licence, gross, background, parts);
        account = _payFree(productionId, account, parts);
        return (account.addOnTop(parts.benefits, parts.levy), licence);
    }

    function _split(LicenceWord licence, uint256 gross, bool background, Parts memory parts)
        internal
        pure
        returns (LicenceWord)
    {
        uint64 counted = _least(gross, licence.room());
        parts.gross = uint64(gross);
        parts.dues = uint64(gross.shareDown(licence.duesBps()));
        parts.benefits = uint64(uint256(counted).shareUp(licence.benefitsBps(background)));
        parts.levy = uint64(gross.shareUp(licence.levyBps()));
        parts.counted = counted;
        return licence.count(counted);
    }

    function _payFree(uint24 productionId, ProductionWord account, Parts memory parts)
        internal
        pure
        returns (ProductionWord)
    {
        uint256 cost = uint256(parts.gross) + parts.benefits + parts.levy;
        require(account.free() >= cost, InsufficientBalance(productionId, account.free(), cost));
        return account.subFree(cost);
    }

    /// @dev Gross plus the most benefits and levy it can bring.
    function _withOnTop(LicenceWord licence, uint256 gross, uint256 bps) internal pure returns (uint256) {
        unchecked {
            return gross + gross.shareUp(bps) + gross.shareUp(licence.levyBps());
        }
    }

    /// @dev Reserve is held at the full benefits rate even near the ceiling; what isn't needed turns free with each use.
    function _heldFor(LicenceWord licence, Reserve calldata r) private pure returns (uint256) {
        uint256 bps = licence.benefitsBps(r.background);
        return r.iterations * _withOnTop(licence, r.price, bps) + _withOnTop(licence, r.floor, bps);
    }

    /// @dev The lesser of the two, which fits 64 bits because `b` does.
    function _least(uint256 a, uint256 b) internal pure returns (uint64) {
        // forge-lint: disable-next-line(unsafe-typecast)
        return uint64(a < b ? a : b);
    }
}
