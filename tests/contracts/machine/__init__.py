"""Payroll against a plain model: what the state machine of test_payroll_machine.py is made of."""
