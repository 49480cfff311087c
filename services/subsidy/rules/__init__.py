"""The decisions of subsidy, as plain functions: tariff, budget, decree, assessment, matching, double entry."""
