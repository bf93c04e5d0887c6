// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPayees} from "./interfaces/IPayees.sol";

/// @title Where benefits, levy and dues go, and which later contracts studios may opt in to
contract Payees is IPayees, AccessManaged {
    Payees private _payees;

    /// @inheritdoc IPayees
    mapping(address module => bool) public moduleAdmitted;

    constructor(address access, Payees memory initial) AccessManaged(access) {
        _set(initial);
    }

    /// @inheritdoc IPayees
    function setPayees(Payees calldata newPayees) external restricted {
        _set(newPayees);
    }

    /// @inheritdoc IPayees
    function admitModule(address module) external restricted {
        require(module.code.length > 0, BadPayee(module));
        moduleAdmitted[module] = true;
        emit ModuleAdmitted(module);
    }

    /// @inheritdoc IPayees
    function payees() external view returns (Payees memory) {
        return _payees;
    }

    function _set(Payees memory p) private {
        require(p.benefitsPlan != address(0), BadPayee(p.benefitsPlan));
        require(p.pipelineFund != address(0), BadPayee(p.pipelineFund));
        require(p.union != address(0), BadPayee(p.union));
        _payees = p;
        emit PayeesSet(p.benefitsPlan, p.pipelineFund, p.union);
    }
}
