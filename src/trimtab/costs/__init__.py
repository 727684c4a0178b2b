"""What a call costs: the price book and the exact price of every attempt."""
