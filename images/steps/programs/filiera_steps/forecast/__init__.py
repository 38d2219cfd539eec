"""Forecasting demand: how much of each item is asked for while the next delivery is on its way."""
