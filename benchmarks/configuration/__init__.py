"""Configurators side by side: searches of equal budgets, and the validation of what they found."""
