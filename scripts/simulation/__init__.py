"""Payday for a whole union: a plain model of money and gas, held against the shipped bytecode."""
