"""The ground everything stands on: ids, clock, money, errors. Standard library only; knows no noun."""
