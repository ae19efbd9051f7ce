"""Rare-disease interpretation: segregation, tiers and ranking over tables of (family, variant)."""
