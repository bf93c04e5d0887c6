// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Where benefits, levy and dues go, and which later contracts studios may opt in to
/// @notice The part of payroll that the union administers, through the timelock. It holds no money.
interface IPayees {
    struct Payees {
        address benefitsPlan;
        address pipelineFund;
        address union;
    }

    event PayeesSet(address benefitsPlan, address pipelineFund, address union);
    event ModuleAdmitted(address indexed module);

    /// @notice An address is missing, or isn't a contract where one is needed. Give another.
    error BadPayee(address payee);

    /// @notice Changes the payees. Only through the timelock.
    function setPayees(Payees calldata newPayees) external;

    /// @notice Admits a contract that may charge productions whose studio opts in. Only through the timelock.
    function admitModule(address module) external;

    /// @notice The payees now.
    function payees() external view returns (Payees memory);

    /// @notice Whether studios may opt in to this contract.
    function moduleAdmitted(address module) external view returns (bool);
}
